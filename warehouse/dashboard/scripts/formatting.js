// formatting: dates in the reader's language, and counts; numbers have their texts from warehouse/report/formatting.py.

const SECOND = 1_000, MINUTE = 60_000, HOUR = 3_600_000, DAY = 86_400_000;
const SPANS = [[1, "a day"], [7, "a week"], [30.4375, "a month"], [365.25, "a year"]];
const UNKNOWN = "unknown";

const withSeparators = new Intl.NumberFormat("en-US").format; // made once: toLocaleString makes one for each number

const soFar = (period) => (period.isComplete ? "" : " (so far)");
const CLOCK = { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" };
const clocks = new Map(); // by zone
const weekDates = new Map(); // by period: formatRange takes tens of microseconds, and a page has hundreds of them

// The clock of a zone, with its name; of UTC if the browser does not know the zone.
function clockOf(zone) {
  if (!clocks.has(zone)) {
    try {
      clocks.set(zone, [new Intl.DateTimeFormat(undefined, { ...CLOCK, timeZone: zone }), zone]);
    } catch {
      clocks.set(zone, clockOf("UTC"));
    }
  }
  return clocks.get(zone);
}

// In the language of the browser. The first and last days of periods are midnights in UTC, whatever the zone of the report is.
const dayFormat = (parts) => new Intl.DateTimeFormat(undefined, { ...parts, timeZone: "UTC" });

const format = {
  // In the zone of the report, with its name.
  timestamp(ms) {
    if (ms === null) return UNKNOWN;
    const date = new Date(ms), [clock, zone] = clockOf(data.time_zone);
    return isNaN(date) ? `${ms} ms` : `${clock.format(date)} ${zone}`;
  },

  pluralize(number, noun) {
    if (number === 1) return `1 ${noun}`;
    return `${withSeparators(number)} ${noun.endsWith("y") ? `${noun.slice(0, -1)}ie` : noun}s`;
  },

  day: dayFormat({ day: "numeric", month: "short" }),
  days: dayFormat({ day: "numeric", month: "short", year: "numeric" }),
  month: dayFormat({ month: "long", year: "numeric" }),

  // "W47", "October 2026", "Q4 2026"
  period(period) {
    if (period.kind === "week") return `W${period.name.split("-W")[1]}`;
    if (period.kind === "month") return format.month.format(period.firstDay);
    return period.name.split("-").reverse().join(" ");
  },

  // The dates of a week: "16 – 22 Nov 2026"
  dates(period) {
    if (period.kind !== "week") return "";
    if (!weekDates.has(period)) weekDates.set(period, format.days.formatRange(period.firstDay, period.lastDay));
    return weekDates.get(period);
  },

  // "W47, 16 – 22 Nov 2026": weeks also show their dates
  fullPeriod: (period) => [format.period(period), format.dates(period)].filter(Boolean).join(", "),
};
