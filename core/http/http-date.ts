/** RFC 9110 §5.6.7: the form that is written today, and the two obsolete ones that are still to be read. */
const forms = [
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\d{2}) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/,
  /^[A-Z][a-z]{5,8}, (?<day>\d{2})-(?<month>[A-Z][a-z]{2})-(?<year>\d{2}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/,
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d{2}:\d{2}:\d{2}) (?<year>\d{4})$/,
];

/** The time of an HTTP date in milliseconds; undefined for whatever is none. `Date.parse` takes far more for a date. */
export function parseHttpDate(text: string | undefined, now = Date.now()): number | undefined {
  const groups = forms.map((form) => form.exec(text ?? '')?.groups).find((found) => found !== undefined);
  if (groups === undefined) return undefined;
  const { day = '', month = '', year = '', time = '' } = groups;
  const parsed = Date.parse(`${day.trim().padStart(2, '0')} ${month} ${fullYear(year, now)} ${time} GMT`);
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** A year of two digits that seems to be more than fifty years ahead lies in the past. */
function fullYear(year: string, now: number): number {
  if (year.length === 4) return Number(year);
  const thisYear = new Date(now).getUTCFullYear();
  const inThisCentury = thisYear - (thisYear % 100) + Number(year);
  return inThisCentury > thisYear + 50 ? inThisCentury - 100 : inThisCentury;
}
