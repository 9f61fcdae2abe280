import { DeadLetterStore, type DeadLetter } from '@mailrun/platform-messaging';
import type { Database } from '@mailrun/platform-persistence';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Owner of letters whose headers name no tenant. */
const nobody = '00000000-0000-0000-0000-000000000000';

/** Dead letters of the embedded shape, as rows. */
export class PostgresDeadLetterStore extends DeadLetterStore {
  constructor(private readonly database: Database) {
    super();
  }

  async add(letters: readonly DeadLetter[]): Promise<void> {
    const tenantOf = ({ headers }: DeadLetter) => {
      const id = headers['tenant-id'] ?? '';
      return uuid.test(id) ? id : nobody;
    };
    await this.database.inTenants(letters.map(tenantOf), async (tx) => {
      for (const letter of letters) {
        const { topic, service, key, headers, value, reason, failedAt } = letter;
        await tx.execute(
          `insert into dead_letters (tenant_id, topic, service, key, headers, value, family, code, detail, failed_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
          [
            tenantOf(letter),
            topic,
            service,
            key,
            JSON.stringify(headers),
            value.replaceAll('\u0000', '\ufffd'),
            reason.family,
            reason.code,
            reason.detail,
            failedAt,
          ],
        );
      }
    });
  }
}
