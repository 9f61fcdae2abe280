/** What the helpers need to know of the job at hand. */
export interface HelperScope {
  locale: string;
  timeZone: string;
  currency: string | undefined;
  imageKeys: readonly string[] | undefined;
}

export interface Raw {
  toString(): string;
  toHtmlString(): string;
}

export interface InvoiceHelpers {
  /** `date(invoice.issueDate)`, `date(run.periodLastDay, "long")`: by the customer's locale. */
  date(value: unknown, style?: 'short' | 'medium' | 'long' | 'full' | Intl.DateTimeFormatOptions): string;
  /** `number(line.quantity)`, `number(line.share, 2)`: by the customer's locale, exact for decimal strings. */
  number(value: unknown, digits?: number | Intl.NumberFormatOptions): string;
  /** `money(invoice.total)`: in the invoice's currency unless another is named. */
  money(amount: unknown, currency?: string): string;
  /** A value as JSON text. */
  json(value: unknown, indent?: number): string;
  /** One CSV field: quoted where needed, and never taken for a formula. `csv.row([a, b], ";")` joins fields. */
  csv: {
    (value: unknown, separator?: string): string;
    row(values: readonly unknown[], separator?: string): string;
  };
  /** `cid:` address of an image of the tenant. */
  image(key: string): string;
  html: { raw(value: unknown): Raw; escape(value: unknown): Raw };
}

/**
 * Makes the functions that people who write invoices use in templates. Runs inside the isolate.
 *
 * Self-contained: its source text is evaluated in the isolate.
 */
export function makeInvoiceHelpers(
  scope: HelperScope,
  escapeMarkup: (text: string) => string,
): InvoiceHelpers {
  const maxCached = 200;
  const cache = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat>();
  const cached = <Format extends Intl.DateTimeFormat | Intl.NumberFormat>(
    key: string,
    make: () => Format,
  ) => {
    let format = cache.get(key) as Format | undefined;
    if (format === undefined) {
      if (cache.size >= maxCached) cache.clear();
      cache.set(key, (format = make()));
    }
    return format;
  };

  const shown = (value: unknown) => (typeof value === 'string' ? `"${value}"` : String(value));

  const date: InvoiceHelpers['date'] = (value, style = 'medium') => {
    if (value === null || value === undefined || value === '') return '';
    // A plain date has no time zone: it is the same day for everybody.
    const isPlain = typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value);
    const at = value instanceof Date ? value : new Date(value as string | number);
    if (Number.isNaN(at.getTime())) throw new Error(`date(${shown(value)}): this is no date.`);
    const timeZone = isPlain ? 'UTC' : scope.timeZone;
    const options = typeof style === 'string' ? { dateStyle: style } : style;
    const key = `date ${scope.locale} ${timeZone} ${typeof style === 'string' ? style : JSON.stringify(style)}`;
    return cached(key, () => new Intl.DateTimeFormat(scope.locale, { timeZone, ...options })).format(at);
  };

  const decimal = (name: string, value: unknown) => {
    const isNumeric =
      typeof value === 'number' ||
      typeof value === 'bigint' ||
      (typeof value === 'string' && /^\s*[-+]?\d+(\.\d*)?([eE][-+]?\d+)?\s*$/.test(value));
    if (!isNumeric) throw new Error(`${name}(${shown(value)}): this is no number.`);
    // Intl takes decimal strings exactly (ECMA-402, Intl mathematical value): money never becomes a float.
    return value as Intl.StringNumericLiteral;
  };

  const number: InvoiceHelpers['number'] = (value, digits) => {
    if (value === null || value === undefined || value === '') return '';
    const options =
      typeof digits === 'number' ? { minimumFractionDigits: digits, maximumFractionDigits: digits } : digits;
    const key = `number ${scope.locale} ${typeof digits === 'object' ? JSON.stringify(digits) : String(digits)}`;
    const format = cached(key, () => new Intl.NumberFormat(scope.locale, options));
    return format.format(decimal('number', value));
  };

  const money: InvoiceHelpers['money'] = (amount, currency = scope.currency) => {
    if (amount === null || amount === undefined || amount === '') return '';
    if (!currency)
      throw new Error(`money(${shown(amount)}): name the currency, there is no invoice to take it from.`);
    const format = cached(
      `money ${scope.locale} ${currency}`,
      () => new Intl.NumberFormat(scope.locale, { style: 'currency', currency }),
    );
    return format.format(decimal('money', amount));
  };

  const csvField = (value: unknown, separator = ',') => {
    if (value === null || value === undefined) return '';
    let text = String(value);
    // A spreadsheet runs fields that begin so (OWASP, CSV injection); plain numbers are harmless.
    if (/^[=+\-@\t\r]/.test(text) && !/^[-+]?\d+([.,]\d+)*$/.test(text)) text = `'${text}`;
    const needsQuotes = /["\r\n,;\t]|^\s|\s$/.test(text) || text.includes(separator);
    return needsQuotes ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const csvRow = (values: readonly unknown[], separator = ',') =>
    values.map((value) => csvField(value, separator)).join(separator);

  const raw = (value: unknown): Raw => {
    const text = value === null || value === undefined ? '' : String(value);
    return { toString: () => text, toHtmlString: () => text };
  };
  const isRaw = (value: unknown): value is Raw =>
    typeof value === 'object' && value !== null && 'toHtmlString' in value;

  return {
    date,
    number,
    money,
    json: (value, indent) => JSON.stringify(value, undefined, indent) ?? 'null',
    csv: Object.assign((value: unknown, separator?: string) => csvField(value, separator), { row: csvRow }),
    image(key) {
      if (scope.imageKeys && !scope.imageKeys.includes(key)) {
        throw new Error(`image(${shown(key)}): there is no image with this key.`);
      }
      return `cid:${key}`;
    },
    html: {
      raw,
      escape: (value) =>
        isRaw(value) ? value : raw(value === null || value === undefined ? '' : escapeMarkup(String(value))),
    },
  };
}
