import { endExplicitExpressions } from './line-template.js';

describe('endExplicitExpressions', () => {
  it.each([
    ['Invoice-@(invoice.number).pdf', 'Invoice-@(invoice.number)@**@.pdf'],
    ['@(f("a)", \')\')).pdf', '@(f("a)", \')\'))@**@.pdf'],
    ['@(a(b(c)))._x', '@(a(b(c)))@**@._x'],
    ['@(a).@(b).c', '@(a).@(b)@**@.c'],
  ])('ends the expression of %s before the text', (source, expected) => {
    expect(endExplicitExpressions(source)).toBe(expected);
  });

  it.each(['@(a). Next', '@(a)', '@@(a).pdf', '@invoice.number.x', 'plain (a).pdf', '@(never closed.pdf'])(
    'leaves %s as it is',
    (source) => expect(endExplicitExpressions(source)).toBe(source),
  );
});
