// words: format numbers for people, as warehouse/report/formatting.py does; a test compares the two.

const SECOND = 1_000, MINUTE = 60_000, HOUR = 3_600_000, DAY = 86_400_000;
const SPANS = [[1, "a day"], [7, "a week"], [30.4375, "a month"], [365.25, "a year"]];
const UNKNOWN = "unknown";

const nearest = (number) => (number >= 0 ? Math.floor(number + 0.5) : -Math.floor(-number + 0.5));
const grouped = (number) => number.toLocaleString("en-US");

const words = {
  // A dash if there were no items: that is known, and therefore not "unknown".
  told(measure, number) {
    return number == null || (number.value === null && !number.items) ? "–" : words.value(measure, number.value);
  },

  value(measure, value) {
    if (value === null) return UNKNOWN;
    return { duration: words.duration, share: words.share, per_day: words.frequency, count: words.plain }[measure.unit](value);
  },

  ofItem(measure, value) {
    if (measure.unit === "share" && (value === 0 || value === 1)) return value ? "yes" : "no";
    return measure.unit === "per_day" && value !== null ? words.plain(value) : words.value(measure, value);
  },

  duration(ms) {
    if (ms < 0) return `-${words.duration(-ms)}`;
    if (ms < 10 * SECOND) return `${words.plain(ms / SECOND)} s`;
    if (ms < 59.5 * SECOND) return `${nearest(ms / SECOND)} s`;
    if (ms < 59.5 * MINUTE) return `${nearest(ms / MINUTE)} min`;
    if (ms >= 48 * HOUR) return `${words.plain(ms / DAY)} d`;
    const minutes = nearest(ms / MINUTE);
    return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
  },

  share(part) {
    const percent = part * 100;
    return percent < 10 ? `${words.plain(percent)} %` : `${nearest(percent)} %`;
  },

  frequency(perDay) {
    if (perDay <= 0) return "none";
    const [days, span] = SPANS.find(([days]) => perDay * days >= 0.95) ?? SPANS.at(-1);
    return `${words.plain(perDay * days)} ${span}`;
  },

  plain(number) {
    const tenths = nearest(number * 10);
    if (Math.abs(tenths) >= 1_000 || tenths % 10 === 0) return grouped(nearest(number));
    return grouped(tenths / 10);
  },

  coverage(number) {
    if (!number?.items) return number?.value == null ? "nothing to measure" : "none happened";
    return `${grouped(number.known)} of ${grouped(number.items)} known`;
  },

  change(measure, latest, previous) {
    if (latest === null || previous === null) return "";
    const by = words.by(measure, latest, previous);
    if (!by) return "→ the same";
    const told = `${latest > previous ? "↑" : "↓"} ${by}`;
    if (!measure.better) return told;
    return `${told}, ${latest > previous === (measure.better === "higher") ? "better" : "worse"}`;
  },

  by(measure, latest, previous) {
    if (measure.unit === "share") {
      const points = words.share(Math.abs(latest - previous)).replace(" %", "");
      return points === "0" ? "" : `${points} point${points === "1" ? "" : "s"}`;
    }
    if (previous === 0) return latest === 0 ? "" : "from none";
    const percent = nearest((Math.abs(latest - previous) / Math.abs(previous)) * 100);
    return percent ? `${grouped(percent)} %` : "";
  },

  moment(ms) {
    const at = new Date(ms ?? NaN);
    if (ms === null) return UNKNOWN;
    return isNaN(at) ? `${ms} ms` : `${at.toISOString().replace("T", " ").slice(0, -8)} UTC`;
  },

  counted(number, thing) {
    if (number === 1) return `1 ${thing}`;
    return `${grouped(number)} ${thing.endsWith("y") ? `${thing.slice(0, -1)}ie` : thing}s`;
  },

  day: new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" }),
  month: new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" }),

  // "W47", "October 2026", "Q4 2026"
  period(period) {
    if (period.kind === "week") return `W${period.name.split("-W")[1]}`;
    if (period.kind === "month") return words.month.format(period.startsAt);
    return period.name.split("-").reverse().join(" ");
  },

  // "W47, 16 to 22 Nov 2026": weeks also show their dates
  periodInFull(period) {
    if (period.kind !== "week") return words.period(period);
    const year = new Date(period.endsAt - 1).getUTCFullYear();
    return `${words.period(period)}, ${words.day.format(period.startsAt)} to ${words.day.format(period.endsAt - 1)} ${year}`;
  },
};
