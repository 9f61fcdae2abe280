import { encodedWords } from './encoded-word.js';

/**
 * The parameters that carry a file name, each for one kind of reader: `filename` of Content-Disposition, in any
 * alphabet by RFC 2231, and `name` of Content-Type, by RFC 2047, which older readers look at. Not split into
 * `filename*0`: fewer readers join those than read a line longer than 76.
 */
export function fileNameParameters(fileName: string): { filename: string; name: string } {
  const wellFormed = fileName.toWellFormed();
  if (/^[\x20-\x7e]*$/.test(wellFormed) && !wellFormed.includes('=?')) {
    const quoted = `"${wellFormed.replace(/["\\]/g, '\\$&')}"`;
    return { filename: `filename=${quoted}`, name: `name=${quoted}` };
  }
  return {
    filename: `filename*=UTF-8''${percentEncoded(wellFormed)}`,
    name: `name="${encodedWords(wellFormed)}"`,
  };
}

/** `encodeURIComponent` leaves five characters that RFC 2231 does not allow bare. */
const percentEncoded = (text: string) =>
  encodeURIComponent(text).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
