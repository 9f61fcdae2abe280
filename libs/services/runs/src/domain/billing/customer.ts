import type { FieldError } from '@mailrun/platform-errors';
import { contentFaults, isSameJson } from './json-content.js';
import { mergedInto, refused, required, type Merge } from './merge.js';

export interface CustomerEmail {
  readonly kind: 'to' | 'cc' | 'bcc';
  readonly address: string;
  readonly name?: string | undefined;
}

/** A customer without its passwords. */
export interface Customer {
  readonly code: string;
  readonly name: string;
  readonly clusterCode: string;
  readonly locale: string | null;
  readonly timeZone: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly suspended: boolean;
  /** By recipient key; a key without any address is not there. */
  readonly emails: Readonly<Record<string, readonly CustomerEmail[]>>;
}

/** A missing field stays; a given map replaces; null removes. */
export interface CustomerChange {
  readonly code: string;
  readonly name?: string | undefined;
  readonly clusterCode?: string | undefined;
  readonly locale?: string | null | undefined;
  readonly timeZone?: string | null | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly suspended?: boolean | undefined;
  readonly emails?: Readonly<Record<string, readonly CustomerEmail[] | null>> | undefined;
}

/** The customer after a change; whether cluster and keys are known is asked elsewhere. */
export function mergeCustomer(stored: Customer | undefined, change: CustomerChange): Merge<Customer> {
  const name = change.name ?? stored?.name;
  const clusterCode = change.clusterCode ?? stored?.clusterCode;
  const faults: FieldError[] = contentFaults(change);
  if (name === undefined) faults.push(required('name'));
  if (clusterCode === undefined) faults.push(required('clusterCode'));
  if (change.locale != null && !isLocale(change.locale)) {
    faults.push({ pointer: '/locale', code: 'locale.unknown', detail: 'Give a BCP 47 locale like de-DE.' });
  }
  if (change.timeZone != null && !isTimeZone(change.timeZone)) {
    faults.push({
      pointer: '/timeZone',
      code: 'time-zone.unknown',
      detail: 'Give a time zone of the IANA list like Europe/Amsterdam.',
    });
  }
  if (faults.length > 0 || name === undefined || clusterCode === undefined) return refused(...faults);
  const value: Customer = {
    code: change.code,
    name,
    clusterCode,
    locale: change.locale === undefined ? (stored?.locale ?? null) : change.locale,
    timeZone: change.timeZone === undefined ? (stored?.timeZone ?? null) : change.timeZone,
    metadata: change.metadata ?? stored?.metadata ?? {},
    suspended: change.suspended ?? stored?.suspended ?? false,
    emails: change.emails === undefined ? (stored?.emails ?? {}) : withoutEmpty(change.emails),
  };
  return mergedInto(stored, value, isSameJson);
}

function withoutEmpty(emails: Readonly<Record<string, readonly CustomerEmail[] | null>>): Customer['emails'] {
  return Object.fromEntries(
    Object.entries(emails).flatMap(([key, list]) =>
      list === null || list.length === 0
        ? []
        : [
            [
              key,
              list.map(({ kind, address, name }) => ({ kind, address, ...(name !== undefined && { name }) })),
            ],
          ],
    ),
  );
}

const known = new Map<string, boolean>();

/** Intl is slow to ask and the answers are few; what strangers may make up is not kept without bound. */
function remembered(name: string, ask: () => unknown): boolean {
  let answer = known.get(name);
  if (answer === undefined) {
    answer = true;
    try {
      ask();
    } catch (error) {
      if ((error as Error).name !== 'RangeError') throw error;
      answer = false;
    }
    if (known.size >= 2000) known.clear();
    known.set(name, answer);
  }
  return answer;
}

const isLocale = (locale: string) => remembered(`locale ${locale}`, () => Intl.getCanonicalLocales(locale));
const isTimeZone = (timeZone: string) =>
  remembered(`zone ${timeZone}`, () => new Intl.DateTimeFormat('en', { timeZone }));

/**
 * A customer's passwords by password key, in the clear. With `replaces` they are all that it has, else a key that
 * is left out stays as it is. Null removes.
 */
export interface PasswordChange {
  readonly values: Readonly<Record<string, string | null>>;
  readonly replaces: boolean;
}

/** The passwords after a change. */
export function mergePasswords(
  stored: ReadonlyMap<string, string | undefined>,
  { values, replaces }: PasswordChange,
): { readonly set: ReadonlyMap<string, string>; readonly removed: readonly string[] } {
  const set = new Map<string, string>();
  for (const [key, password] of Object.entries(values)) {
    if (password !== null && stored.get(key) !== password) set.set(key, password);
  }
  const removed = [...stored.keys()].filter((key) =>
    Object.hasOwn(values, key) ? values[key] === null : replaces,
  );
  return { set, removed };
}
