// A time in plain words, English or Chinese: "tomorrow 9:00", "next tuesday 3pm", "3 hours", 明天下午3点. In the time zone of
// whoever reads the page. Knows no page; what it does not understand whole is null, for a guess would hide a conversation.

const MINUTE = 60_000;
const MORNING = 9;
const UNITS = /** @type {Record<string, number>} */ ({ min: 1, m: 1, 分钟: 1, h: 60, hour: 60, hr: 60, 小时: 60, 个小时: 60, d: 1440, day: 1440, 天: 1440, w: 10080, week: 10080, 周: 10080, 个星期: 10080, 星期: 10080 });
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const CHINESE_DAYS = "日一二三四五六天";
const NUMBERS = /** @type {Record<string, string>} */ ({ 一: "1", 两: "2", 二: "2", 三: "3", 四: "4", 五: "5", 六: "6", 七: "7", 八: "8", 九: "9", 十: "10" });

/** @param {string} words @param {Date} now @returns {Date | null} */
export function whenOf(words, now) {
  const text = words.trim().toLowerCase().replaceAll(":", ":");
  const found = lasting(text, now) ?? dated(text, now);
  return found && found > now ? found : null;
}

/** Times that are offered, in words. @param {string} language */
export function presetsOf(language) {
  return /^zh\b/i.test(language) ? ["3小时", "今晚", "明天9点", "下周一9点", "1周"] : ["3 hours", "tonight", "tomorrow 9:00", "next monday 9:00", "1 week"];
}

/** A time to come, as it is said. @param {Date} at @param {string} language */
export function momentOf(at, language) {
  return new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit" }).format(at);
}

/** @param {string} text @param {Date} now */
function lasting(text, now) {
  const english = /^(?:in |for )?(\d{1,4}|an?) ?(min|m|hour|hr|h|day|d|week|w)(?:utes?|s)?$/.exec(text);
  const chinese = /^(\d{1,4}|[一两二三四五六七八九十]) ?(分钟|个?小时|天|个?星期|周)(?:后|之后|以后)?$/.exec(text);
  const [, count = "", unit = ""] = english ?? chinese ?? [];
  const minutes = UNITS[unit];
  if (!minutes) return null;
  const many = Number(NUMBERS[count] ?? (count.startsWith("a") ? "1" : count));
  if (minutes < 1440) return new Date(now.getTime() + many * minutes * MINUTE);
  const then = new Date(now); // the same hour of that day, also where the clock is put forward between
  then.setDate(then.getDate() + (many * minutes) / 1440);
  return then;
}

/** @param {string} text @param {Date} now */
function dated(text, now) {
  const english = /^(today|tonight|tomorrow|(?:next |on )?(?:sun|mon|tue|wed|thu|fri|sat)[a-z]*|next week|\d{4}-\d\d-\d\d)?(?: at| @)? ?(.*)$/.exec(text);
  const chinese = /^(今天|今晚|明天|后天|下?(?:周|星期)[一二三四五六日天]|下周)? ?(.*)$/.exec(text);
  const read = chinese?.[1] ? chinese : english;
  const [, day = "", rest = ""] = read ?? [];
  const evening = day === "tonight" || day === "今晚";
  const hour = rest ? clockOf(rest, evening) : day ? { hours: evening ? 20 : MORNING, minutes: 0 } : null;
  const then = dayOf(day, now);
  if (!hour || !then) return null;
  then.setHours(hour.hours, hour.minutes, 0, 0);
  if (!day && then <= now) then.setDate(then.getDate() + 1);
  return then;
}

/** @param {string} day  "" for none @param {Date} now */
function dayOf(day, now) {
  const then = new Date(now);
  const plus = /** @type {Record<string, number>} */ ({ "": 0, today: 0, tonight: 0, 今天: 0, 今晚: 0, tomorrow: 1, 明天: 1, 后天: 2 })[day];
  if (/^\d{4}-/.test(day)) {
    const [year = 0, month = 0, date = 0] = day.split("-").map(Number);
    then.setFullYear(year, month - 1, date);
    return then.getDate() === date ? then : null; // no 31st of February
  }
  if (plus !== undefined) {
    then.setDate(then.getDate() + plus);
    return then;
  }
  const letter = /(?:周|星期)([一二三四五六日天])$/.exec(day)?.[1];
  const named = /^(?:next |on )?([a-z]{3})/.exec(day)?.[1] ?? "";
  const wanted = day === "next week" || day === "下周" ? 1 : letter ? CHINESE_DAYS.indexOf(letter) % 7 : DAYS.indexOf(named);
  if (wanted < 0) return null;
  const monday = (/** @type {number} */ weekday) => (weekday + 6) % 7;
  const ahead = day.startsWith("下") ? 7 - monday(then.getDay()) + monday(wanted) : (wanted - then.getDay() + 7) % 7 || 7;
  then.setDate(then.getDate() + ahead);
  return then;
}

/** @param {string} text @param {boolean} evening */
function clockOf(text, evening) {
  const english = /^(\d{1,2})(?::(\d\d))? ?(am|pm)?$/.exec(text);
  const chinese = /^(早上|上午|中午|下午|晚上)?(\d{1,2}|[一两二三四五六七八九十]{1,2})(?:点|:)(半|\d\d)?分?$/.exec(text);
  if (!english && !chinese) return { morning: { hours: 9, minutes: 0 }, noon: { hours: 12, minutes: 0 }, afternoon: { hours: 14, minutes: 0 }, evening: { hours: 18, minutes: 0 } }[text] ?? null;
  const hour = english ? english[1] ?? "" : chinese?.[2] ?? "";
  const part = english ? english[3] : chinese?.[1];
  const later = part === "pm" || part === "下午" || part === "晚上" || part === "中午" || (evening && !part);
  let hours = Number(/^\d/.test(hour) ? hour : hour.startsWith("十") && hour.length > 1 ? `1${NUMBERS[hour[1] ?? ""]}` : NUMBERS[hour]);
  if (later && hours < (part === "中午" ? 10 : 12)) hours += 12;
  if (part === "am" && hours === 12) hours = 0;
  const minutes = english ? Number(english[2] ?? 0) : chinese?.[3] === "半" ? 30 : Number(chinese?.[3] ?? 0);
  return hours < 24 && minutes < 60 ? { hours, minutes } : null;
}
