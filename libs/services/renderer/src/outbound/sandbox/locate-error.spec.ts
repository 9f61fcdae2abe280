import { locateError } from './locate-error.js';

describe('locateError', () => {
  const source = '<p>\r\n@{\r\n  var a = invoice.x.y;\r\n}\r\n  @invoice.x.z</p>';

  it('finds the author’s code behind the checkpoint', () => {
    const at = { line: 1, column: 3, code: '  var a = invoice.x.y;', codeColumn: 20 };
    expect(locateError(source, at)).toEqual({ line: 3, column: 21 });
  });

  it('finds an expression within what vash puts around it', () => {
    const code = '__vbuffer.push(__b.escape(invoice.x.z).toHtmlString());';
    expect(locateError(source, { line: 2, column: 0, code, codeColumn: code.indexOf('.z') })).toEqual({
      line: 5,
      column: 13,
    });
  });

  it('does not take the next checkpoint for code', () => {
    const code = '  var a = invoice.x.y;__b.vl = 5, __b.vc = 2; ';
    expect(locateError(source, { line: 1, column: 0, code, codeColumn: 2 })).toEqual({ line: 3, column: 3 });
  });

  it('answers the checkpoint where there is nothing to find', () => {
    expect(locateError(source, { line: 2, column: 1 })).toEqual({ line: 2, column: 2 });
    expect(locateError(source, { line: 0, column: 0, code: 'var __vbuffer = __b.buffer;' })).toEqual({
      line: 1,
      column: 1,
    });
    expect(locateError(source, { line: 99, column: 0, code: 'not there' })).toEqual({ line: 5, column: 1 });
  });
});
