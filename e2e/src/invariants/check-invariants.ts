import type { SmtpLedger } from '@mailrun/testing';
import type { BillingCompany } from '../company/billing-company.js';
import type { System } from '../system/system.js';
import { messagesByCopyName, ownerOf, type Evidence } from './evidence.js';
import { readBooks } from './read-books.js';
import { readCompany } from './read-company.js';
import { readMails } from './read-mails.js';
import * as rules from './rules/index.js';

/** What was sent to whom: the companies of a scenario, and the mail server that only they use. */
export interface Witnesses {
  readonly companies: readonly BillingCompany[];
  readonly ledger: Pick<SmtpLedger, 'delivered'>;
  /** Looks at these runs only, where companies have others that the ledger knows nothing of. */
  readonly runIds?: readonly string[];
}

const shownFaults = 20;

/**
 * Checks what must hold after whatever happened: the rules in `rules/`. To be called when no run is under way.
 * @returns what was looked at, for assertions of the scenario's own
 * @throws with a sentence for each place where a rule is broken
 */
export async function checkInvariants(system: System, witnesses: Witnesses): Promise<Evidence> {
  await system.checkAlive();
  const evidence = await readEvidence(system, witnesses);
  const faults = faultsOf(evidence);
  if (faults.length > 0) {
    const more = faults.length > shownFaults ? [`… and ${faults.length - shownFaults} more`] : [];
    throw new Error(['Invariants are broken:', ...faults.slice(0, shownFaults), ...more].join('\n'));
  }
  return evidence;
}

/** A sentence for each place where a rule is broken. */
export const faultsOf = (evidence: Evidence): string[] =>
  Object.entries(rules).flatMap(([name, rule]) => rule(evidence).map((fault) => `${name}: ${fault}`));

/** All that the rules look at. To be read when no run is under way. */
export async function readEvidence(
  system: System,
  { companies, ledger, runIds }: Witnesses,
): Promise<Evidence> {
  const books = await readBooks(
    system,
    companies.map(({ tenantId }) => tenantId),
    runIds,
  );
  const read = await Promise.all(companies.map((company) => readCompany(company, runIds)));
  const claimed = messagesByCopyName({ companies: read, mails: [], books });
  const byName = new Map(companies.map((company) => [company.name, company]));
  const mails = await readMails(ledger.delivered, ({ messageId }) => {
    const owner = ownerOf(claimed, { messageId });
    const company = byName.get(owner?.company.name ?? '');
    if (owner === undefined || company === undefined) return { right: 'nobody', wrong: 'nobody else' };
    const { customerCode } = owner.message;
    const stranger = companies.find((other) => other !== company);
    // Of the customer of the same code elsewhere, or else of another customer.
    const wrong = stranger?.passwordOf(customerCode) ?? company.passwordOf(`not-${customerCode}`);
    return { right: company.passwordOf(customerCode), wrong };
  });
  return { companies: read, mails, books };
}
