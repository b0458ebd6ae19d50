// How long to wait before the next attempt after a failure.

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 20_000;

/**
 * Exponential backoff with jitter: the pause doubles each time, and between half and the whole of it is waited, so that
 * the clients of a server that was restarted do not all come back in the same instant.
 * @param {number} failures  in a row, 1 or more
 * @param {() => number} random  from 0 to 1
 * @returns {number}  milliseconds
 */
export function backoff(failures, random) {
  const whole = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(failures - 1, 10));
  return whole * (0.5 + random() / 2);
}
