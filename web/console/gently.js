// Work that many changes ask for, done at once for the first of them and then for all that came meanwhile: never twice at a time,
// and the seldomer the longer it takes, so that a server which is busy is asked less.

const PAUSE = 1_000; // milliseconds from an end to the next beginning, at least
const TIMES = 4; // and as many times as long as the work took
const LONGEST = 15_000;

/**
 * @param {() => Promise<unknown>} work  may not fail
 * @param {import("../shared/types.js").Clock} clock
 * @returns {() => Promise<void>}  asks for it
 */
export function gently(work, clock) {
  let [wanted, busy] = [false, false];
  return async () => {
    wanted = true;
    if (busy) return;
    busy = true;
    while (wanted) {
      wanted = false;
      const began = clock.now().getTime();
      await work();
      await clock.sleep(Math.min(LONGEST, Math.max(PAUSE, TIMES * (clock.now().getTime() - began))));
    }
    busy = false;
  };
}
