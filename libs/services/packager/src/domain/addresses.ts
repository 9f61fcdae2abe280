import { domainToASCII } from 'node:url';
import { addressSchema } from '@mailrun/contracts';
import { refusals } from './refusals.js';

const ascii = /^[\x21-\x7e]+$/;

/** Letters, marks and digits of any alphabet beside what RFC 5322 allows in a dot-atom. */
const internationalLocal = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~.-]+$/u;

/**
 * The form of an address that every mail server takes: its domain as A-labels (UTS 46), ASCII before the @.
 *
 * @param what names the address in the refusal, for instance "The sender's address".
 * @throws Refusal `package.address-needs-smtputf8`, `package.address-invalid`
 */
export function transportAddress(address: string, what: string): string {
  if (!ascii.test(localOf(address))) throw refusals.addressNeedsSmtputf8(what);
  return recipientAddress(address, what);
}

/**
 * The same of a recipient, whose letters before the @ may be of any alphabet: its mail then needs SMTPUTF8
 * (RFC 6531), and the dispatcher refuses the recipient where the mail server does not offer it.
 *
 * @throws Refusal `package.address-invalid`
 */
export function recipientAddress(address: string, what: string): string {
  const local = localOf(address).normalize('NFC');
  const domain = domainOf(address);
  if (!ascii.test(local) && !internationalLocal.test(local)) throw refusals.addressInvalid(what);
  if (ascii.test(domain)) return `${local}@${domain}`;
  const converted = `${local}@${domainToASCII(domain)}`;
  // A domain of digits only, as 127。1, becomes an IP address on the way.
  if (!addressSchema.safeParse(converted).success || /\.\d+$/.test(converted))
    throw refusals.addressInvalid(what);
  return converted;
}

const localOf = (address: string): string => address.slice(0, address.lastIndexOf('@'));

/** Domains are the same in any case, local parts need not be (RFC 5321 2.4). */
export function addressIdentity(address: string): string {
  const at = address.lastIndexOf('@');
  return address.slice(0, at) + address.slice(at).toLowerCase();
}

export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);
