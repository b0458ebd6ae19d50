// The styles of the conversation: greeting, messages, sources, closing cards, rating; last, what a phone on its side has to do
// without while its keyboard is up.

export const LOG = `
.scroll { flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 20px 16px 12px; display: flex; flex-direction: column;
  scrollbar-width: thin; scrollbar-color: var(--line) transparent; }
.scroll:focus-visible { outline-offset: -3px; }

.welcome { display: flex; flex-direction: column; gap: 8px; padding: 4px 4px 20px; }
.welcome h3 { font-size: 25px; line-height: 1.22; font-weight: 650; letter-spacing: -.022em; text-wrap: balance; }
.welcome p { color: var(--muted); text-wrap: pretty; }
.welcome .label { margin-block: 18px 2px; }
.label { font-size: 12.5px; font-weight: 550; color: var(--muted); }
.ask { display: flex; align-items: center; justify-content: space-between; gap: 12px; width: 100%; padding: 11px 14px; text-align: start; line-height: 1.4;
  border: 1px solid var(--line); border-radius: 14px; background: var(--surface); transition: border-color 120ms, background 120ms; }
.ask:hover { border-color: var(--link); background: var(--sunken); }
.ask .icon { width: 18px; height: 18px; color: var(--muted); }
.panel:dir(rtl) .ask .icon { transform: scaleX(-1); }

.log, .tail { display: flex; flex-direction: column; gap: 4px; }
.log:not(:empty) + .tail:not(:empty) { margin-block-start: 4px; }
.log:not(:empty) + .tail .row.first:first-child { margin-block-start: 10px; }
.row { display: flex; flex-direction: column; align-items: flex-start; max-width: 88%; }
.row.first:not(:first-child) { margin-block-start: 14px; }
.row.mine { align-self: flex-end; align-items: flex-end; max-width: 82%; }
.row.mine.fresh { animation: say 180ms ease-out; }
@keyframes say { from { opacity: 0; transform: translateY(8px); } }
.name { font-size: 12.5px; font-weight: 550; color: var(--muted); margin-block-end: 4px; margin-inline-start: 12px; }
.bubble { padding: 9px 14px; border-radius: 18px; background: var(--bubble); white-space: pre-wrap; overflow-wrap: anywhere; text-align: start; }
.row.theirs:not(.first) .bubble { border-start-start-radius: 7px; }
.row.theirs:not(.last) .bubble { border-end-start-radius: 7px; }
.row.mine .bubble { background: var(--accent); color: var(--on-accent); }
.row.mine:not(.first) .bubble { border-start-end-radius: 7px; }
.row.mine:not(.last) .bubble { border-end-end-radius: 7px; }
.row.agent .bubble { background: none; box-shadow: inset 0 0 0 1.5px color-mix(in oklab, var(--link) 55%, var(--surface)); }
.row.system .bubble { padding-block: 0; background: none; color: var(--muted); font-size: 13.5px; }
.row[data-status="failed"] .bubble { background: none; color: var(--ink); box-shadow: inset 0 0 0 1.5px var(--danger); }
.bubble a { color: inherit; text-decoration: underline; text-underline-offset: 2px; text-decoration-thickness: 1px; }
.row.theirs .bubble a { color: var(--link); }
.meta { font-size: 12px; line-height: 1.4; color: var(--muted); margin: 4px 12px 0; }
.failure { display: flex; flex-wrap: wrap; align-items: center; justify-content: flex-end; gap: 0 2px; font-size: 13px; text-align: end; color: var(--danger); margin-block-start: 3px; }
.failure button { min-height: 30px; padding: 0 8px; border-radius: 9px; font-weight: 600; color: var(--ink); text-decoration: underline; text-underline-offset: 3px; }

.sources { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; margin-block-start: 7px; padding-inline-start: 2px; max-width: 100%; }
.sources .label { margin-inline: 10px 2px; }
.chip { display: inline-flex; align-items: center; gap: 5px; max-width: 100%; min-height: 28px; padding: 2px 11px 2px 8px; border: 1px solid var(--line); border-radius: 99px;
  background: var(--surface); color: var(--ink); font-size: 12.5px; font-weight: 500; line-height: 1.35; text-align: start; text-decoration: none; }
.chip .icon { width: 15px; height: 15px; color: var(--muted); }
.chip span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
a.chip:hover, summary:hover, [open] > .chip { border-color: var(--link); color: var(--link); }
summary { cursor: pointer; }
[open] { flex: 1 0 100%; }
.excerpt { margin-block-start: 6px; padding: 8px 12px; border-inline-start: 3px solid var(--line); color: var(--muted); font-size: 13.5px; white-space: pre-wrap; overflow-wrap: anywhere; }

.feedback { display: flex; flex-wrap: wrap; align-items: center; gap: 2px; min-height: 32px; margin-block-start: 2px; padding-inline-start: 4px; font-size: 13px; color: var(--muted); }
.feedback span:not(:empty) { margin-inline: 8px 4px; }
.thumb { display: grid; place-items: center; width: 32px; height: 32px; border-radius: 10px; }
.thumb .icon { width: 17px; height: 17px; }
.thumb.down .icon { transform: scaleY(-1); }
.thumb:hover, .undo:hover { background: var(--bubble); color: var(--ink); }
.undo { min-height: 32px; padding: 0 8px; border-radius: 9px; font-weight: 550; color: var(--link); }
.joined { align-self: stretch; display: flex; align-items: center; gap: 12px; margin-block: 8px 12px; font-size: 12.5px; font-weight: 550; color: var(--muted); }
.joined::before, .joined::after { content: ""; flex: 1; block-size: 1px; background: var(--line); }
.row:has(.joined) { max-width: 100%; }

.dots { display: inline-flex; gap: 5px; align-items: center; height: 22px; }
.dots i { width: 7px; height: 7px; border-radius: 50%; background: var(--muted); animation: breathe 1.2s infinite ease-in-out; }
.dots i:nth-child(2) { animation-delay: .16s; }
.dots i:nth-child(3) { animation-delay: .32s; }
@keyframes breathe { 0%, 70%, 100% { opacity: .3; } 35% { opacity: 1; } }
.row.draft .bubble::after { content: ""; display: inline-block; width: 2px; height: 1.05em; margin-inline-start: 3px; vertical-align: -.16em; background: currentColor; animation: breathe 1.1s infinite; }

.card { display: flex; gap: 13px; margin-block: 18px 4px; padding: 14px 16px; border: 1px solid var(--line); border-radius: 16px; background: var(--sunken); }
.card > .icon { width: 22px; height: 22px; margin-block-start: 1px; color: var(--link); }
.card h3 { font-weight: 650; line-height: 1.4; }
.card p { font-size: 14px; color: var(--muted); margin-block-start: 2px; text-wrap: pretty; }
.card:not(.end) { flex-wrap: wrap; }
.card > div { flex: 1; min-width: 0; }
.mail { flex: 1 0 100%; padding-block-start: 12px; border-block-start: 1px solid var(--line); }
.mail .field { margin-block-start: 8px; background: var(--surface); align-items: stretch; border-radius: 14px; }
.mail input { flex: 1; min-width: 0; padding: 6px 10px; border: 0; background: none; font: inherit; color: inherit; outline: none; }
.mail input::placeholder { color: var(--muted); opacity: 1; }
.mail .primary { margin: 0; min-height: 36px; padding: 0 16px; border-radius: 10px; }
.card.end { flex-direction: column; align-items: center; text-align: center; gap: 4px; padding: 20px 16px; }
.card.end h3:focus { outline: none; }
.stars { display: flex; gap: 2px; margin-block: 4px; }
.stars button { display: grid; place-items: center; width: 44px; height: 44px; border-radius: 12px; color: var(--muted); }
.stars .icon { width: 27px; height: 27px; }
.stars button.full { color: var(--gold); }
.stars button.full .icon { fill: currentColor; }
.primary, .secondary { min-height: 42px; padding: 0 20px; border-radius: 13px; background: var(--accent); color: var(--on-accent); font-weight: 600; }
.secondary { background: none; color: var(--link); }
.secondary:hover { background: var(--bubble); }
.onward { display: flex; flex-wrap: wrap; justify-content: center; gap: 6px; margin-block-start: 12px; }

.latest { position: absolute; inset-inline: 0; inset-block-end: 118px; margin-inline: auto; width: max-content; display: flex; align-items: center; gap: 4px; min-height: 34px;
  padding: 0 14px 0 10px; border: 1px solid var(--line); border-radius: 99px; background: var(--surface); box-shadow: var(--lift); font-size: 13px; font-weight: 550; }
.latest .icon { width: 18px; height: 18px; }
@media (forced-colors: active) {
  .send, .field, .panel, .bubble, .chip, .card, .ask, .primary, .secondary, .thumb, .undo { border: 1px solid CanvasText; }
  .row.mine .bubble { border-width: 2px; }
  .state::before, .dots i { background: CanvasText; forced-color-adjust: none; }
}
@container (max-height: 17rem) {
  .head, .foot, .feedback { display: none; }
  .scroll { padding-block: 8px; }
  .composer { padding-block: 4px 8px; }
}
`;
