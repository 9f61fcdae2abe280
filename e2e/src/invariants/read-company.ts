import {
  getMessage,
  listCustomers,
  listMessageResults,
  listMessageRuns,
  listMessages,
  messageDefinitionRoutes,
  type Customer,
  type Message,
  type MessageDefinitionContent,
  type MessageResult,
  type MessageRun,
} from '@mailrun/contracts';
import { inParallel } from '../client/in-parallel.js';
import type { BillingCompany } from '../company/billing-company.js';
import type { CompanyEvidence, RunEvidence } from './evidence.js';

const callsAtOnce = 8;

/** Everything that a company can read about its runs, or those named. */
export async function readCompany(
  company: BillingCompany,
  runIds?: readonly string[],
): Promise<CompanyEvidence> {
  const { api, name, senderAddress, testAddress } = company;
  const [customers, definitions, runs] = await Promise.all([
    api.all<Customer>(listCustomers),
    api.all<MessageDefinitionContent & { key: string }>(messageDefinitionRoutes.list),
    api.all<MessageRun>(listMessageRuns),
  ]);
  return {
    ...{ name, senderAddress, testAddress },
    customers: new Map(customers.map((customer) => [customer.code, customer])),
    definitions: new Map(definitions.map((definition) => [definition.key, definition])),
    // One after the other: looking at many runs must not be what overloads the system under test.
    runs: await inParallel(
      runs.filter(({ id }) => runIds === undefined || runIds.includes(id)),
      1,
      (run) => readRun(company, run),
    ),
  };
}

async function readRun({ api }: BillingCompany, run: MessageRun): Promise<RunEvidence> {
  const [results, messages] = await Promise.all([
    api.all<MessageResult>(listMessageResults, { params: { id: run.id } }),
    api.all<Message>(listMessages, { query: { run: run.id } }),
  ]);
  const details = await inParallel(messages, callsAtOnce, ({ id }) =>
    api.call(getMessage, { params: { id } }),
  );
  return { run, results, messages: details };
}
