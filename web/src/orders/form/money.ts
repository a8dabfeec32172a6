import { language } from '../../i18n/language.svelte';

/** The exact amount in cents of `1200.5` or `-3`; null for anything else. The same as crates/flow/src/form/money.rs. */
export function centsOf(text: string): bigint | null {
  const [, sign, whole, fraction = ''] = /^(-?)(\d{1,15})(?:\.(\d{1,2}))?$/.exec(text) ?? [];
  if (whole === undefined) return null;
  const cents = BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0'));
  return sign === '-' ? -cents : cents;
}

/** `1200.50`: how an amount is stored. */
export function textOfCents(cents: bigint): string {
  const digits = String(cents < 0n ? -cents : cents).padStart(3, '0');
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** What somebody typed, as it is stored: `１，200.5 ` is `1200.50`. What is no amount stays as it was typed. */
export function tidyMoney(typed: string): string {
  const plain = typed
    .normalize('NFKC')
    .trim()
    .replaceAll(/(?<=\d)[,\s_](?=\d{3}(?!\d))/g, '');
  const cents = centsOf(plain);
  return cents === null ? typed.trim() : textOfCents(cents);
}

/** `1,200.50`: how an amount is read. */
export function formatMoney(text: string): string {
  const cents = centsOf(text);
  if (cents === null) return text;
  const stored = textOfCents(cents);
  const whole = new Intl.NumberFormat(language.current).format(BigInt(stored.slice(0, -3).replace('-', '')));
  return `${cents < 0n ? '-' : ''}${whole}${stored.slice(-3)}`;
}

/** The sum of amounts; null when one of them is none. Absent ones do not count. */
export function sumOfMoney(amounts: readonly unknown[]): string | null {
  let sum = 0n;
  for (const amount of amounts) {
    if (amount === undefined || amount === '') continue;
    const cents = typeof amount === 'string' ? centsOf(amount) : null;
    if (cents === null) return null;
    sum += cents;
  }
  return textOfCents(sum);
}
