import { DeadLetterStore, replayableUntil, type DeadLetter } from '@mailrun/platform-messaging';
import type { Database } from '@mailrun/platform-persistence';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Owner of letters whose headers name no tenant. */
const nobody = '00000000-0000-0000-0000-000000000000';

/** Longer texts are cut. */
const maxDetailLength = 2000;

/** Text that PostgreSQL takes: without NUL and without halves of surrogate pairs, which JSON can hold. */
const storable = (text: string) => text.toWellFormed().replaceAll('\u0000', '\ufffd');

/** Dead letters of the embedded shape, as rows. */
export class PostgresDeadLetterStore extends DeadLetterStore {
  constructor(private readonly database: Database) {
    super();
  }

  async add(letters: readonly DeadLetter[]): Promise<void> {
    const tenantOf = ({ headers }: DeadLetter) => {
      const id = headers['tenant-id'] ?? '';
      return uuid.test(id) ? id.toLowerCase() : nobody;
    };
    const tenants = [...new Set(letters.map(tenantOf))].sort();
    await this.database.inTenants(tenants, async (tx) => {
      await tx.execute(
        'insert into dead_letter_tenants (tenant_id) select unnest($1::uuid[]) on conflict do nothing',
        [tenants],
      );
      for (const letter of letters) {
        const { topic, service, key, headers, value, reason, tries, failedAt } = letter;
        const texts = Object.entries(headers).map(([name, text]) => [storable(name), storable(text)]);
        await tx.execute(
          `insert into dead_letters (tenant_id, topic, service, key, headers, value, family, code, detail, tries, failed_at, replayable_until)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
          [
            tenantOf(letter),
            topic,
            service,
            storable(key),
            JSON.stringify(Object.fromEntries(texts)),
            storable(value),
            reason.family,
            storable(reason.code),
            storable(reason.detail.slice(0, maxDetailLength)),
            tries,
            failedAt,
            replayableUntil(letter),
          ],
        );
      }
    });
  }
}
