import { domainToASCII } from 'node:url';
import { addressSchema } from '@mailrun/contracts';
import { refusals } from './refusals.js';

const ascii = /^[\x21-\x7e]+$/;

/**
 * The form of an address that every mail server takes: its domain as A-labels (UTS 46). Letters outside ASCII before
 * the @ would need SMTPUTF8 (RFC 6531) on the whole way, which no sender can promise: such an address is refused.
 *
 * @param what names the address in the refusal, for instance "The sender's address".
 * @throws Refusal `package.address-needs-smtputf8`, `package.address-invalid`
 */
export function transportAddress(address: string, what: string): string {
  const at = address.lastIndexOf('@');
  const local = address.slice(0, at);
  const domain = address.slice(at + 1);
  if (!ascii.test(local)) throw refusals.addressNeedsSmtputf8(what);
  if (ascii.test(domain)) return address;
  const converted = `${local}@${domainToASCII(domain)}`;
  // A domain of digits only, as 127。1, becomes an IP address on the way.
  if (!addressSchema.safeParse(converted).success || /\.\d+$/.test(converted))
    throw refusals.addressInvalid(what);
  return converted;
}

/** Domains are the same in any case, local parts need not be (RFC 5321 2.4). */
export function addressIdentity(address: string): string {
  const at = address.lastIndexOf('@');
  return address.slice(0, at) + address.slice(at).toLowerCase();
}

export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);
