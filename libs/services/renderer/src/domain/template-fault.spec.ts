import { failureOf } from './template-fault.js';

const parts = [{ label: 'Subject', output: 'line' as const, source: '' }];

describe('failureOf', () => {
  it('names part and place in its sentence', () => {
    const fault = { code: 'template.failed' as const, detail: 'x is undefined', part: 0, line: 2, column: 5 };
    expect(failureOf(fault, parts)).toEqual({
      code: 'template.failed',
      detail: 'Subject, line 2, column 5: x is undefined',
      stage: 'render',
      line: 2,
      column: 5,
    });
  });

  it('needs neither part nor place, and is never too long for a record', () => {
    const failure = failureOf({ code: 'template.timeout', detail: 'y'.repeat(5000) }, parts);
    expect(failure).toEqual({ code: 'template.timeout', detail: `${'y'.repeat(1999)}…`, stage: 'render' });
  });
});
