import { attachmentContentType } from './content-type.js';
import { fileNameParameters } from './file-name-parameters.js';

describe('the parameters of a file name', () => {
  it.each([
    ['bill.pdf', 'filename="bill.pdf"', 'name="bill.pdf"'],
    ["it's 5%.pdf", 'filename="it\'s 5%.pdf"', 'name="it\'s 5%.pdf"'],
    ['a";x="b\\.pdf', 'filename="a\\";x=\\"b\\\\.pdf"', 'name="a\\";x=\\"b\\\\.pdf"'],
    [
      'Köhler (1).pdf',
      "filename*=UTF-8''K%C3%B6hler%20%281%29.pdf",
      'name="=?UTF-8?Q?K=C3=B6hler_=281=29=2Epdf?="',
    ],
    ['a\r\nb', "filename*=UTF-8''a%0D%0Ab", 'name="=?UTF-8?B?YQ0KYg==?="'],
  ])('%j are %s and %s', (fileName, filename, name) => {
    expect(fileNameParameters(fileName)).toEqual({ filename, name });
  });
});

describe('the content type of an attachment', () => {
  it.each([
    ['application/pdf', 'application/pdf'],
    ['Text/CSV; charset="UTF-8"; header=present', 'text/csv; charset=utf-8'],
    ['application/json; charset=utf-8', 'application/json'],
    ['message/rfc822', 'application/octet-stream'],
    ['multipart/mixed; boundary=x', 'application/octet-stream'],
    ['text/plain\r\nBcc: evil@z.test', 'application/octet-stream'],
    ['text/plain; charset=a\r\nBcc: evil@z.test', 'text/plain'],
    ['', 'application/octet-stream'],
    ['pdf', 'application/octet-stream'],
  ])('%j is %s', (given, expected) => {
    expect(attachmentContentType(given)).toBe(expected);
  });
});
