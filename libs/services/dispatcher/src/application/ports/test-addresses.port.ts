/** The addresses that test mails of a tenant may go to. */
export abstract class TestAddresses {
  /** @throws Outage */
  abstract of(tenantId: string): Promise<readonly string[]>;
}
