import { DataFolderInUse } from './data-folder.js';
import { errorText } from './error-text.js';

describe('errorText', () => {
  it('says what to do where that is known', () => {
    expect(errorText(new DataFolderInUse('Used.'))).toBe('Used.');
    const taken = Object.assign(new Error('listen'), { code: 'EADDRINUSE', port: 8080 });
    expect(errorText(taken)).toMatch(/^Port 8080 is taken .*--port/);
  });

  it('shows the stack of everything else', () => {
    expect(errorText(new TypeError('x is not a function'))).toMatch(/TypeError: x is not a function\n\s+at /);
  });
});
