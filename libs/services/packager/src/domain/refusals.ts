import { Refusal } from '@mailrun/platform-errors';

/**
 * Why the packager seals no mail of a message. Codes are stable and become the message's outcome; texts tell staff
 * what to do and name no address and no password.
 */
export const refusals = {
  addressInvalid: (what: string) =>
    new Refusal(
      'rule',
      'package.address-invalid',
      `${what} has a domain that cannot be mailed to. Correct it.`,
    ),
  addressNeedsSmtputf8: (what: string) =>
    new Refusal(
      'rule',
      'package.address-needs-smtputf8',
      `${what} has letters outside ASCII before the @, which mail servers take by SMTPUTF8 only. Use another address.`,
    ),
  bodyMissing: () =>
    new Refusal('rule', 'package.body-missing', 'The mail has neither an HTML nor a plain-text body.'),
  documentDamaged: (fileName: string) =>
    new Refusal(
      'rule',
      'package.document-damaged',
      `The stored bytes of "${fileName}" are missing or damaged. Upload or make the document again and prepare anew.`,
    ),
  imageDamaged: (key: string) =>
    new Refusal(
      'rule',
      'package.image-damaged',
      `The stored bytes of the image "${key}" are missing or damaged. Upload it again and prepare anew.`,
    ),
  imageUnknown: (key: string) =>
    new Refusal(
      'rule',
      'package.image-unknown',
      `The HTML body shows the image "cid:${key}", which the run does not have. Upload it or correct the template.`,
    ),
  nothingToProtect: () =>
    new Refusal(
      'rule',
      'package.nothing-to-protect',
      'The definition asks for a password, but the mail has no attachment. Attach a document or remove the password key.',
    ),
  passwordInvalid: () =>
    new Refusal(
      'rule',
      'package.password-invalid',
      'An archive password has 8 to 99 printable ASCII characters. Give the customer another one.',
    ),
  passwordMissing: () =>
    new Refusal(
      'rule',
      'package.password-missing',
      'The definition asks for a password, and the message has none. Give the customer a password under its key.',
    ),
  passwordUnreadable: () =>
    new Refusal(
      'rule',
      'package.password-unreadable',
      "The customer's password cannot be opened with the installation's keys. Set it again.",
    ),
  pinsDamaged: () =>
    new Refusal(
      'rule',
      'package.pins-damaged',
      'What was fixed when the run was prepared is missing or damaged. Prepare the run again.',
    ),
  recipientMissing: () =>
    new Refusal('rule', 'package.recipient-missing', 'The mail has no recipient of kind "to".'),
  testAddressMissing: () =>
    new Refusal(
      'rule',
      'package.test-address-missing',
      'The tenant is in test mode and has no test address. Set one and prepare the run again.',
    ),
  tooLarge: (sizeBytes: number, maxBytes: number) =>
    new Refusal(
      'rule',
      'package.too-large',
      `The mail has ${megabytes(sizeBytes)}, more than the ${megabytes(maxBytes)} that are allowed. Attach less.`,
    ),
  zipOff: () =>
    new Refusal(
      'rule',
      'package.zip-off',
      'The definition asks for a password but does not zip, so nothing could be protected. Turn zip on.',
    ),
} as const;

const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
