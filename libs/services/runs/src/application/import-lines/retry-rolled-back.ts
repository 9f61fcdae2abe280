const attempts = 3;

/**
 * Does a transaction again that PostgreSQL gave up for another one (class 40: deadlock, serialization): a long import
 * must not end because a run was locking the same invoices in another order.
 */
export async function retryRolledBack<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (attempt === attempts || typeof code !== 'string' || !/^40[0-9A-Z]{3}$/.test(code)) throw error;
    }
  }
}
