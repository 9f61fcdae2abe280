import { z } from 'zod';

/** UUIDv7 (RFC 9562): ids sort by the time they were made. */
export const uuidSchema = z.uuid();

/** SHA-256 in lower-case hexadecimal. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);

/** A time as RFC 3339 in UTC. */
export const timestampSchema = z.iso.datetime();

/** A plain date `YYYY-MM-DD`, without time zone. */
export const dateSchema = z.iso.date();

/** Money as a decimal string; never a float. */
export const decimalSchema = z.string().regex(/^-?\d{1,18}(\.\d{1,6})?$/);

/** A name that people give and that never changes: server key, definition key, recipient key, … */
export const keySchema = z
  .string()
  .min(1)
  .max(100)
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/,
    'Use letters, digits, dots, dashes and underscores.',
  );

/** Whether a tenant's mail reaches its customers (`live`) or its test address only (`test`). */
export const modeSchema = z.enum(['test', 'live']);
export type Mode = z.infer<typeof modeSchema>;

/** How an address takes part in a mail (RFC 5322 3.6.3). */
export const recipientKindSchema = z.enum(['to', 'cc', 'bcc']);
export type RecipientKind = z.infer<typeof recipientKindSchema>;

/**
 * One mailbox address that is safe in an SMTP envelope and a header: a dot-atom local part and a domain, no
 * display name, no quoting, no control character (RFC 5321 4.1.2, narrowed on purpose: a comma, an angle or a
 * line break in an address can redirect a mail). Non-ASCII letters are allowed: whether they can be mailed is
 * known only when the mail server is asked for SMTPUTF8 (RFC 6531).
 */
export const addressSchema = z
  .string()
  .max(254)
  .regex(
    /^[^\s\u0000-\u001f\u007f-\u009f"(),:;<>@[\\\]]{1,64}@[^\s\u0000-\u002c\u002f\u003a-\u0040[-`{-\u009f.-][^\s\u0000-\u002c\u002f\u003a-\u0040[-`{-\u009f]{0,252}$/u,
    'Give one mail address like name@example.com.',
  )
  .refine((address) => {
    const at = address.lastIndexOf('@');
    const local = address.slice(0, at);
    const labels = address.slice(at + 1).split('.');
    return (
      !local.startsWith('.') &&
      !local.endsWith('.') &&
      !local.includes('..') &&
      Buffer.byteLength(local) <= 64 &&
      labels.length > 1 &&
      labels.every((label) => label.length > 0 && !label.startsWith('-') && !label.endsWith('-'))
    );
  }, 'Give one mail address like name@example.com.');

/** One line of text that is safe in a header: no control characters. */
export const lineSchema = (max: number) =>
  z
    .string()
    .max(max)

    .regex(/^[^\u0000-\u001f\u007f\u2028\u2029]*$/, 'Line breaks and control characters are not allowed.');

/** An address with its display name. */
export const mailboxSchema = z.strictObject({ address: addressSchema, name: lineSchema(200).optional() });
export type Mailbox = z.infer<typeof mailboxSchema>;

/** Bytes in the blob store. Whoever reads them checks size and hash. */
export const blobRefSchema = z.strictObject({
  key: z.string().min(1).max(500),
  sha256: sha256Schema,
  sizeBytes: z.int().nonnegative(),
});
export type BlobRef = z.infer<typeof blobRefSchema>;

/** A secret as AES-256-GCM ciphertext; `keyId` names the key that opens it. Bound to its owner by associated data. */
export const sealedSecretSchema = z.strictObject({
  keyId: z.string().min(1).max(40),
  ciphertext: z.base64(),
});
export type SealedSecret = z.infer<typeof sealedSecretSchema>;
