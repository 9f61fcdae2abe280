import { readFile } from 'node:fs/promises';

/** The files of `sample/chinook`, as they are. */
export interface ChinookCluster {
  readonly code: string;
  readonly name: string;
  readonly parent: string | null;
}

export interface ChinookAddress {
  readonly street: string;
  readonly city: string;
  readonly state: string | null;
  readonly postalCode: string | null;
  readonly country: string;
}

export interface ChinookCustomer {
  readonly code: string;
  readonly cluster: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly company: string | null;
  readonly address: ChinookAddress;
  readonly phone: string | null;
  readonly email: string;
}

export interface ChinookLine {
  readonly description: string;
  readonly artist: string;
  readonly album: string;
  readonly quantity: number;
  readonly unitPrice: number;
}

export interface ChinookInvoice {
  readonly number: string;
  readonly customer: string;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly currency: string;
  readonly total: number;
  readonly lines: readonly ChinookLine[];
}

export interface Chinook {
  /** Parents before children. */
  readonly clusters: readonly ChinookCluster[];
  readonly customers: readonly ChinookCustomer[];
  readonly invoices: readonly ChinookInvoice[];
}

const folder = new URL('../../sample/chinook/', import.meta.url);

async function readLines<Row>(name: string): Promise<Row[]> {
  const text = await readFile(new URL(name, folder), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}

export async function readChinook(): Promise<Chinook> {
  const [clusters, customers, invoices] = await Promise.all([
    readLines<ChinookCluster>('clusters.ndjson'),
    readLines<ChinookCustomer>('customers.ndjson'),
    readLines<ChinookInvoice>('invoices.ndjson'),
  ]);
  return { clusters: parentsFirst(clusters), customers, invoices };
}

function parentsFirst(clusters: readonly ChinookCluster[]): ChinookCluster[] {
  const childrenOf = Map.groupBy(clusters, ({ parent }) => parent);
  const below = (parent: string | null): ChinookCluster[] =>
    (childrenOf.get(parent) ?? []).flatMap((cluster) => [cluster, ...below(cluster.code)]);
  return below(null);
}
