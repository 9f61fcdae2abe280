import { isAlreadyCompressed } from './compressed-content.js';

describe('content that is compressed already', () => {
  it.each([
    ['application/pdf', 'x'],
    ['Image/PNG', 'x'],
    ['application/octet-stream', 'Invoice.PDF'],
    ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'x'],
    ['application/pdf; x=y', 'x'],
  ])('is %s named %s', (contentType, fileName) => {
    expect(isAlreadyCompressed({ contentType, fileName })).toBe(true);
  });

  it.each([
    ['text/csv; charset=utf-8', 'lines.csv'],
    ['application/json', 'x.json'],
    ['application/octet-stream', 'pdf'],
  ])('is not %s named %s', (contentType, fileName) => {
    expect(isAlreadyCompressed({ contentType, fileName })).toBe(false);
  });
});
