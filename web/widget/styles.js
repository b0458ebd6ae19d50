// The styles of the chat window: colours, panel, header, banner, text field. A site overrides them with the --support-chat-*
// properties and the parts; nothing here reaches the page's own styles. What a phone's keyboard leaves of the page comes in as
// --top, --seen and --under (chat.js). The accents are the button's (loader.js).

const LIGHT = `
  --ink: #1c2127; --muted: #5a636e; --surface: #ffffff; --sunken: #f6f7f8; --bubble: #eff1f3; --line: #dfe3e7;
  --link: var(--support-chat-link, var(--accent)); --danger: #b3261e; --gold: #b77b00; --warm: #fdf3e1; --warm-ink: #6b4700;
  --lift: 0 1px 2px rgb(16 24 32 / 8%), 0 12px 40px rgb(16 24 32 / 18%); color-scheme: light;`;

const DARK = `
  --ink: #eceff1; --muted: #a6afb9; --surface: #191d21; --sunken: #131619; --bubble: #272d33; --line: #353c43;
  --link: var(--support-chat-link, color-mix(in oklab, var(--accent) 50%, white)); --danger: #ff9d94; --gold: #f2bd4b; --warm: #3a2f1b;
  --warm-ink: #f6dca6; --lift: 0 1px 2px rgb(0 0 0 / 40%), 0 16px 48px rgb(0 0 0 / 55%); color-scheme: dark;`;

export const FRAME = `
.panel { --radius: var(--support-chat-radius, 20px); ${LIGHT} }
@media (prefers-color-scheme: dark) { :host(:not([theme="light"])) .panel { ${DARK} } }
:host([theme="dark"]) .panel { ${DARK} }
*, *::before, *::after { box-sizing: border-box; }
h2, h3, p { margin: 0; padding: 0; border: 0; font: inherit; }
button, textarea { font: inherit; color: inherit; letter-spacing: inherit; }
button { cursor: pointer; border: 0; background: none; padding: 0; touch-action: manipulation; -webkit-tap-highlight-color: transparent; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.icon { width: 20px; height: 20px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.7; stroke-linecap: round; stroke-linejoin: round; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.panel { position: fixed; inset-block-end: calc(var(--support-chat-offset, 20px) + var(--under, 0px)); inset-inline-end: var(--support-chat-offset, 20px);
  font: 400 15px/1.5 var(--support-chat-font, Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif); color: var(--ink);
  container-type: size; display: flex; flex-direction: column; width: min(408px, calc(100vw - 40px)); height: min(680px, calc(var(--seen, 100dvh) - 40px));
  background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius); box-shadow: var(--lift); overflow: hidden;
  animation: rise 200ms cubic-bezier(.2, .8, .3, 1); }
.panel:focus { outline: none; }
@keyframes rise { from { opacity: 0; transform: translateY(14px) scale(.985); } }

.head { display: flex; align-items: center; gap: 12px; padding: 14px 12px 13px 18px; border-block-end: 1px solid var(--line); }
.mark { flex: none; display: grid; place-items: center; width: 40px; height: 40px; border-radius: 13px; background: var(--accent); color: var(--on-accent);
  font-weight: 650; font-size: 17px; }
.titles { flex: 1; min-width: 0; }
.desk { font-size: 16px; font-weight: 650; line-height: 1.3; letter-spacing: -.01em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.state { display: flex; align-items: center; gap: 7px; font-size: 13px; line-height: 1.4; color: var(--muted); }
.state::before { content: ""; flex: none; width: 8px; height: 8px; border-radius: 50%; background: #1f9d6b; }
.panel[data-status="waiting"] .state::before { background: #d08a14; }
.panel[data-status="closed"] .state::before, .panel[data-offline] .state::before { background: var(--muted); }
.round { flex: none; display: grid; place-items: center; width: 40px; height: 40px; border-radius: 12px; color: var(--muted); }
.round:hover { background: var(--bubble); color: var(--ink); }

.banner { display: flex; gap: 10px; align-items: center; font-variant-numeric: tabular-nums; padding: 9px 18px; background: var(--warm); color: var(--warm-ink); font-size: 13.5px; line-height: 1.4; }
.choices { display: flex; flex-wrap: wrap; gap: 0 4px; margin: 2px -8px -4px; }
.choices .quiet { color: inherit; }

.composer { padding: 10px 12px 0; }
.field { display: flex; align-items: flex-end; gap: 6px; border: 1px solid var(--line); border-radius: 16px; background: var(--sunken); padding: 5px; transition: border-color 120ms; }
.field:focus-within { border-color: var(--link); box-shadow: 0 0 0 1px var(--link); }
.grow { flex: 1; min-width: 0; display: grid; max-height: 132px; overflow-y: auto; }
.grow::after { content: attr(data-text) " "; visibility: hidden; }
.grow::after, .grow textarea { grid-area: 1 / 1; font-size: 15px; line-height: 22px; padding: 7px 8px 7px 11px; white-space: pre-wrap; overflow-wrap: anywhere; min-width: 0; }
.grow textarea { border: 0; background: none; resize: none; overflow: hidden; outline: none; width: 100%; }
.grow textarea::placeholder { color: var(--muted); opacity: 1; }
.attach { flex: none; height: 36px; color: var(--muted); }
.send { flex: none; display: grid; place-items: center; width: 36px; height: 36px; border-radius: 12px; background: var(--accent); color: var(--on-accent); transition: opacity 120ms; }
.send .icon:last-child, .send.stops .icon:first-child { display: none; }
.send.stops .icon:last-child { display: block; fill: currentColor; }
.send[aria-disabled="true"] { background: var(--bubble); color: var(--muted); cursor: default; }

.foot { display: flex; justify-content: space-between; align-items: center; gap: 8px; min-height: 46px; padding: 4px 12px 6px; font-size: 13.5px; }
.quiet { display: inline-flex; align-items: center; gap: 6px; min-height: 34px; padding: 0 8px; border-radius: 10px; color: var(--muted); font-weight: 500; }
.quiet .icon { width: 18px; height: 18px; }
button.quiet:hover { background: var(--bubble); color: var(--ink); }
.quiet.strong { color: var(--link); }
.quiet.danger { color: var(--danger); }

@media (max-width: 30rem), (max-height: 26rem) {
  .panel { inset: var(--top, 0) 0 auto; width: 100%; height: var(--seen, 100dvh); border: 0; border-radius: 0; padding-block-end: env(safe-area-inset-bottom); }
  .head { padding-block-start: calc(12px + env(safe-area-inset-top)); }
  .grow::after, .grow textarea { font-size: 16px; }
}
@media (prefers-reduced-motion: reduce) { *, *::before, *::after { animation: none !important; transition: none !important; } }
`;
