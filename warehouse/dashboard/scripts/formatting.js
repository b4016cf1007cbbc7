// formatting: format numbers for people, as warehouse/report/formatting.py does; a test compares the two.

const SECOND = 1_000, MINUTE = 60_000, HOUR = 3_600_000, DAY = 86_400_000;
const SPANS = [[1, "a day"], [7, "a week"], [30.4375, "a month"], [365.25, "a year"]];
const UNKNOWN = "unknown";

const round = (number) => (number >= 0 ? Math.floor(number + 0.5) : -Math.floor(-number + 0.5)); // half away from zero
const withSeparators = new Intl.NumberFormat("en-US").format; // made once: toLocaleString makes one for each number

const soFar = (period) => (period.isComplete ? "" : " (so far)");
const CLOCK = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const clocks = new Map(); // by zone

// The clock of a zone, with its name; of UTC if the browser does not know the zone.
function clockOf(zone) {
  if (!clocks.has(zone)) {
    try {
      clocks.set(zone, [new Intl.DateTimeFormat("en-GB", { ...CLOCK, timeZone: zone }), zone]);
    } catch {
      clocks.set(zone, clockOf("UTC"));
    }
  }
  return clocks.get(zone);
}

// The first and last days of periods are midnights in UTC, whatever the zone of the report is.
const format = {
  // A dash if there were no items: that is known, and therefore not "unknown".
  number(measure, number) {
    return number == null || (number.value === null && !number.items) ? "–" : format.value(measure, number.value);
  },

  value(measure, value) {
    if (value === null) return UNKNOWN;
    return { duration: format.duration, share: format.share, per_day: format.frequency, count: format.decimal }[measure.unit](value);
  },

  item(measure, value, isInferred = false) {
    if (isInferred) return `${format.item(measure, value)}, inferred`;
    if (measure.unit === "share" && (value === 0 || value === 1)) return value ? "yes" : "no";
    return measure.unit === "per_day" && value !== null ? format.decimal(value) : format.value(measure, value);
  },

  duration(ms) {
    if (ms < 0) return `-${format.duration(-ms)}`;
    if (ms < 10 * SECOND) return `${format.decimal(ms / SECOND)} s`;
    if (ms < 59.5 * SECOND) return `${round(ms / SECOND)} s`;
    if (ms < 59.5 * MINUTE) return `${round(ms / MINUTE)} min`;
    if (ms >= 48 * HOUR) return `${format.decimal(ms / DAY)} d`;
    const minutes = round(ms / MINUTE);
    return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
  },

  share(share) {
    const percent = share * 100;
    return percent < 10 ? `${format.decimal(percent)} %` : `${round(percent)} %`;
  },

  frequency(perDay) {
    if (perDay <= 0) return "none";
    const [days, span] = SPANS.find(([days]) => perDay * days >= 0.95) ?? SPANS.at(-1);
    return `${format.decimal(perDay * days)} ${span}`;
  },

  decimal(number) {
    const tenths = round(number * 10);
    if (Math.abs(tenths) >= 1_000 || tenths % 10 === 0) return withSeparators(round(number));
    return withSeparators(tenths / 10);
  },

  coverage(number) {
    if (!number?.items) return number?.value == null ? "nothing to measure" : "none happened";
    const [known, inferred, items] = [number.known, number.inferred, number.items].map(withSeparators);
    return number.inferred ? `${known} + ${inferred} of ${items} known + inferred` : `${known} of ${items} known`;
  },

  // In the zone of the report, with its name.
  timestamp(ms) {
    if (ms === null) return UNKNOWN;
    const date = new Date(ms), [clock, zone] = clockOf(data.time_zone);
    if (isNaN(date)) return `${ms} ms`;
    const parts = Object.fromEntries(clock.formatToParts(date).map(({ type, value }) => [type, value]));
    return `${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute} ${zone}`;
  },

  pluralize(number, noun) {
    if (number === 1) return `1 ${noun}`;
    return `${withSeparators(number)} ${noun.endsWith("y") ? `${noun.slice(0, -1)}ie` : noun}s`;
  },

  day: new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" }),
  month: new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" }),

  // "W47", "October 2026", "Q4 2026"
  period(period) {
    if (period.kind === "week") return `W${period.name.split("-W")[1]}`;
    if (period.kind === "month") return format.month.format(period.firstDay);
    return period.name.split("-").reverse().join(" ");
  },

  // "W47, 16 to 22 Nov 2026": weeks also show their dates
  fullPeriod(period) {
    if (period.kind !== "week") return format.period(period);
    const year = new Date(period.lastDay).getUTCFullYear();
    return `${format.period(period)}, ${format.day.format(period.firstDay)} to ${format.day.format(period.lastDay)} ${year}`;
  },
};
