import { Refusal } from '@mailrun/platform-errors';

const token = "[\\w!#$&^.+'`|~-]+";
const contentTypePattern = new RegExp(
  `^${token}/${token}(\\s*;\\s*${token}=(${token}|"[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]*"))*$`,
);

/**
 * The content type of an upload as it will stand in a mail's header (RFC 2045 5.1); without one, plain bytes.
 * @throws Refusal `document.bad-content-type`
 */
export function documentContentType(given: string): string {
  const type = given.trim();
  if (type === '') return 'application/octet-stream';
  if (type.length > 200 || !contentTypePattern.test(type)) {
    throw new Refusal(
      'unsupported-media-type',
      'document.bad-content-type',
      'Send a Content-Type like application/pdf, in at most 200 characters.',
    );
  }
  return type;
}

export const documentTooLarge = (maxBytes: number) =>
  new Refusal('too-large', 'document.too-large', `A document has at most ${maxBytes} bytes here.`);

export const documentHashDiffers = (expected: string, found: string) =>
  new Refusal(
    'rule',
    'document.sha256-differs',
    `The bytes that arrived have the SHA-256 ${found}, not ${expected}. Nothing was kept; send them again.`,
  );
