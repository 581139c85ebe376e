"use strict";
// Figures for people; each keeps what it is exactly, for whoever wants to check it.
const DASH = "\u2013";
const NANO = 1e9;

const grouped = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ",");
const count = (n) => ({ text: grouped(String(n)), exact: String(n) });

// Whole cents from one dollar on, below that four digits.
function usd(nano) {
  const exact = String(nano);
  if (nano < 0n) return { text: "\u2212" + usd(-nano).text, exact };
  if (nano >= 1_000_000_000n) {
    const cents = (nano + 5_000_000n) / 10_000_000n;
    const rest = String(cents % 100n).padStart(2, "0");
    return { text: `$${grouped(String(cents / 100n))}.${rest}`, exact };
  }
  return { text: nano === 0n ? "$0" : `$${small(Number(nano) / NANO)}`, exact };
}

const small = (value) => value.toFixed(Math.min(9, Math.max(2, 3 - Math.floor(Math.log10(value)))));

// Of a mean in dollars.
function dollars(value) {
  if (value === null) return { text: DASH };
  const size = Math.abs(value);
  const shown = size >= 1 ? size.toFixed(4) : size < 1e-9 ? "0" : small(size);
  return { text: (value < 0 ? "\u2212$" : "$") + shown, exact: String(value) };
}

function number(value, digits = 2) {
  if (value === null) return { text: DASH };
  return { text: value.toFixed(digits).replace("-", "\u2212"), exact: String(value) };
}

function share(value, digits = 1) {
  return value === null
    ? { text: DASH }
    : { ...number(100 * value, digits), exact: String(value), unit: "%" };
}

// A number as a share, with its sign.
function change(value) {
  if (value === null) return { text: DASH };
  const sign = value > 0 ? "+" : value < 0 ? "\u2212" : "";
  return { text: sign + Math.abs(100 * value).toFixed(1) + "%", exact: String(value) };
}

const words = (text) => ({ text: String(text) });
const show = (figure) => figure.text + (figure.unit || "");
const over = (part, whole) => (Number(whole) === 0 ? null : Number(part) / Number(whole));
const mean = (nano, n) => (n === 0 ? null : Number(nano) / NANO / n);

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
function day(iso) {
  const [year, month, date] = iso.split("-").map(Number);
  return `${date} ${MONTHS[month - 1]} ${year}`;
}
const dayBefore = (iso) => new Date(Date.parse(iso) - 864e5).toISOString().slice(0, 10);
const span = ([from, until]) =>
  dayBefore(until) === from ? day(from) : `${day(from)} to ${day(dayBefore(until))}`;
