import pg from 'pg';
import type { PoolClient, QueryResult, QueryResultRow } from 'pg';

/** Inner parts of pg that its types leave out; the tests beside this file hold them fast. */
interface InnerConnection {
  readonly parsedStatements: Readonly<Record<string, string>>;
  readonly submittedNamedStatements: Readonly<Record<string, string>>;
  bind(config: { portal: string; statement: string; values: readonly string[] }): void;
  execute(config: { portal: string }): void;
}
interface InnerQuery {
  prepare(connection: InnerConnection): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: InnerConnection): void;
}
const inner = pg.Query.prototype as unknown as InnerQuery;

/** Planned once for each connection: for these short statements, planning again for each value costs more than they do. */
const scope = {
  name: 'mailrun-scope',
  text: `select set_config('mailrun.tenants', $1, true), set_config('plan_cache_mode', 'force_generic_plan', true)`,
};

/**
 * A prepared statement that sees the rows of some tenants only, in a transaction of its own: both the setting and the
 * statement leave before one Sync message, which makes them one transaction (PostgreSQL's manual, 54.2.4) without
 * `begin` and `commit`. If either fails, neither had any effect.
 */
class ScopedQuery<Row extends QueryResultRow> extends pg.Query<Row> {
  private isScoped = false;

  constructor(
    private readonly tenants: string,
    statement: { readonly name: string; readonly text: string; readonly values: unknown[] },
    answered: (error: Error | undefined, result: QueryResult<Row>) => void,
  ) {
    super(statement, answered as never);
  }

  prepare(connection: InnerConnection): void {
    connection.bind({ portal: '', statement: scope.name, values: [this.tenants] });
    connection.execute({ portal: '' });
    inner.prepare.call(this, connection);
  }

  handleDataRow(message: unknown): void {
    if (this.isScoped) inner.handleDataRow.call(this, message);
  }

  handleCommandComplete(message: unknown, connection: InnerConnection): void {
    if (this.isScoped) inner.handleCommandComplete.call(this, message, connection);
    this.isScoped = true;
  }
}

/** @param tenants ids as an array in PostgreSQL's form */
export function queryInScope<Row extends QueryResultRow>(
  client: PoolClient,
  tenants: string,
  statement: { readonly name: string; readonly text: string; readonly values: unknown[] },
): Promise<QueryResult<Row>> {
  const { connection } = client as unknown as { readonly connection: InnerConnection };
  const isKnown = (of: Readonly<Record<string, string>>) => of[scope.name] !== undefined;
  // The first time on a connection: by itself it has no effect, its transaction ends at once. If it fails, so does what follows.
  const prepared =
    isKnown(connection.parsedStatements) || isKnown(connection.submittedNamedStatements)
      ? undefined
      : client.query({ ...scope, values: ['{}'] });
  prepared?.catch(() => undefined);
  return new Promise((resolve, reject) => {
    client.query(
      new ScopedQuery<Row>(tenants, statement, (error, result) => (error ? reject(error) : resolve(result))),
    );
  });
}
