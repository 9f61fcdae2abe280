import { Outage, Refusal, errorMessage, isOutage } from './errors.js';

const coded = (code: string) => Object.assign(new Error('x'), { code });

describe('isOutage', () => {
  it.each(['ECONNREFUSED', '57P01', '08006', '40P01', '53300', '25006'])('takes %s as transient', (code) => {
    expect(isOutage(coded(code))).toBe(true);
  });

  it.each(['23505', '22P02', '42601', 'ERR_INVALID_ARG_TYPE'])('takes %s as no outage', (code) => {
    expect(isOutage(coded(code))).toBe(false);
  });

  it('looks through causes, driver errors and aggregates', () => {
    expect(isOutage(new Error('outer', { cause: coded('ECONNRESET') }))).toBe(true);
    expect(isOutage(Object.assign(new Error('query'), { driverError: coded('57P03') }))).toBe(true);
    expect(isOutage(new AggregateError([new Error('a'), coded('ECONNREFUSED')]))).toBe(true);
  });

  it('ends on a cause that names itself', () => {
    const loop = new Error('loop');
    loop.cause = loop;
    expect(isOutage(loop)).toBe(false);
  });

  it('knows the families', () => {
    expect(isOutage(new Outage('blobs.unreachable', 'The store is away.'))).toBe(true);
    expect(isOutage(new Refusal('rule', 'x.y', 'No.', {}))).toBe(false);
    expect(isOutage('text')).toBe(false);
    expect(errorMessage('text')).toBe('text');
  });
});
