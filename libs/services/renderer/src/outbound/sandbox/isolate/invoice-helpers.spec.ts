import { makeInvoiceHelpers, type HelperScope } from './invoice-helpers.js';

const scope: HelperScope = { locale: 'en-GB', timeZone: 'UTC', currency: 'EUR', imageKeys: undefined };
const helpers = makeInvoiceHelpers(scope, (text) => text.toUpperCase());

describe('csv', () => {
  it.each([
    ['plain', 'plain'],
    [12.5, '12.5'],
    [null, ''],
    [undefined, ''],
    ['a,b', '"a,b"'],
    ['a;b', '"a;b"'],
    ['say "x"', '"say ""x"""'],
    ['two\nlines', '"two\nlines"'],
    [' padded', '" padded"'],
  ])('quotes %j only where needed', (value, expected) => expect(helpers.csv(value)).toBe(expected));

  it.each([
    ['=1+1', "'=1+1"],
    ['+31 20 123', "'+31 20 123"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['-cmd', "'-cmd"],
    ['\t=1', '"\'\t=1"'],
    ['=HYPERLINK("x","y")', '"\'=HYPERLINK(""x"",""y"")"'],
  ])('never lets a spreadsheet take %j for a formula', (value, expected) =>
    expect(helpers.csv(value)).toBe(expected),
  );

  it.each(['-13.86', '+5', '-1,50'])('leaves the number %s a number', (value) =>
    expect(helpers.csv(value, ';')).toBe(value.includes(',') ? `"${value}"` : value),
  );

  it('joins fields to a row', () => {
    expect(helpers.csv.row(['a', 'b|c', 1], '|')).toBe('a|"b|c"|1');
  });
});

describe('money and number', () => {
  it('are exact where a float is not', () => {
    expect(helpers.money('90071992547409931.55')).toBe('€90,071,992,547,409,931.55');
    expect(helpers.number('0.123456789012345678', { maximumFractionDigits: 18 })).toBe(
      '0.123456789012345678',
    );
  });

  it('take another currency and nothing', () => {
    expect(helpers.money('5', 'JPY')).toBe('JP¥5');
    expect([helpers.money(undefined), helpers.number(null), helpers.number('')]).toEqual(['', '', '']);
  });

  it('say what is no number', () => {
    expect(() => helpers.number('12 apples')).toThrow('number("12 apples"): this is no number.');
    expect(() => helpers.money({})).toThrow('this is no number');
  });
});

describe('date', () => {
  it('keeps plain dates free of time zones', () => {
    const far = makeInvoiceHelpers({ ...scope, timeZone: 'Pacific/Kiritimati' }, (text) => text);
    expect(far.date('2025-05-31')).toBe('31 May 2025');
    expect(far.date('2025-05-31T12:00:00Z')).toBe('1 Jun 2025');
  });

  it('takes styles and options, and nothing', () => {
    expect(helpers.date('2025-05-31', 'full')).toBe('Saturday, 31 May 2025');
    expect(helpers.date('2025-05-31', { month: 'long', year: 'numeric' })).toBe('May 2025');
    expect(helpers.date(undefined)).toBe('');
  });

  it('says what is no date', () => {
    expect(() => helpers.date('soon')).toThrow('date("soon"): this is no date.');
  });
});

describe('html', () => {
  it('escapes text, but not what is raw already', () => {
    expect(String(helpers.html.escape('a'))).toBe('A');
    expect(String(helpers.html.escape(helpers.html.raw('a')))).toBe('a');
    expect(helpers.html.raw(null).toHtmlString()).toBe('');
  });
});
