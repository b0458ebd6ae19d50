"""What people who answer look for, take next, put off, label and finish. Knows no HTTP, and decides no answer."""
