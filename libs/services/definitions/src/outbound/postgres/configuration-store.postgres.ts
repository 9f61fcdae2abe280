import { Injectable } from '@nestjs/common';
import { In, LessThan, MoreThan } from 'typeorm';
import type { SealedSecret } from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';
import type { Transaction } from '@mailrun/platform-persistence';
import { ConfigurationStore } from '../../application/ports/configuration-store.port.js';
import type {
  ConfigurationObject,
  Content,
  Kind,
  PublishedVersion,
} from '../../domain/configuration-object.js';
import {
  ConfigurationObjectRow,
  ConfigurationSecretRow,
  ConfigurationVersionRow,
} from './configuration.rows.js';

@Injectable()
export class PostgresConfigurationStore extends ConfigurationStore {
  async find(tx: Transaction, tenantId: string, kind: Kind, key: string, options?: { forUpdate: boolean }) {
    const row = await tx.manager.findOne(ConfigurationObjectRow, {
      where: { tenantId, kind, key },
      ...(options?.forUpdate === true && { lock: { mode: 'pessimistic_write' as const } }),
    });
    if (row === null) return undefined;
    return toObject(
      row,
      kind === 'message-server' && (await this.readSecret(tx, tenantId, kind, key)) !== null,
    );
  }

  async list(tx: Transaction, tenantId: string, kind: Kind, limit: number, after?: string) {
    const rows = await tx.manager.find(ConfigurationObjectRow, {
      where: { tenantId, kind, ...(after !== undefined && { key: MoreThan(after) }) },
      order: { key: 'ASC' },
      take: limit,
    });
    const keys = rows.map((row) => row.key);
    const secrets = await tx.manager.find(ConfigurationSecretRow, {
      select: { key: true },
      where: { tenantId, kind, key: In(keys) },
    });
    const withSecret = new Set(secrets.map((secret) => secret.key));
    return rows.map((row) => toObject(row, withSecret.has(row.key)));
  }

  async existing(tx: Transaction, tenantId: string, kind: Kind, keys: readonly string[]) {
    const rows = await tx.query<{ key: string }>(
      'select key from configuration_objects where tenant_id = $1 and kind = $2 and key = any($3) order by key for share',
      [tenantId, kind, keys],
    );
    return new Set(rows.map((row) => row.key));
  }

  async save(tx: Transaction, tenantId: string, kind: Kind, key: string, content: Content, isNew: boolean) {
    const values = [tenantId, kind, key, JSON.stringify(content)];
    const [row] = await tx.query<{ version: number }>(
      isNew
        ? `insert into configuration_objects (tenant_id, kind, key, content) values ($1, $2, $3, $4)
           on conflict do nothing returning version`
        : `update configuration_objects set content = $4::jsonb, version = version + 1, updated_at = now(),
             is_published = is_published and content = $4::jsonb
           where tenant_id = $1 and kind = $2 and key = $3 returning version`,
      values,
    );
    if (row === undefined) {
      throw new Refusal(
        'conflict',
        `${kind}.made-meanwhile`,
        'Somebody else made it at the same moment. Read it and try again.',
      );
    }
    const saved = await this.find(tx, tenantId, kind, key);
    if (saved === undefined) throw new Error('A saved object is not there.');
    return saved;
  }

  async remove(tx: Transaction, tenantId: string, kind: Kind, key: string): Promise<void> {
    await tx.manager.delete(ConfigurationVersionRow, { tenantId, kind, key });
    await tx.manager.delete(ConfigurationObjectRow, { tenantId, kind, key });
  }

  async saveSecret(
    tx: Transaction,
    tenantId: string,
    kind: Kind,
    key: string,
    secret: SealedSecret | null,
  ): Promise<void> {
    if (secret === null) {
      await tx.manager.delete(ConfigurationSecretRow, { tenantId, kind, key });
      return;
    }
    await tx.manager.upsert(ConfigurationSecretRow, { tenantId, kind, key, ...secret }, [
      'tenantId',
      'kind',
      'key',
    ]);
  }

  async readSecret(tx: Transaction, tenantId: string, kind: Kind, key: string): Promise<SealedSecret | null> {
    const row = await tx.manager.findOneBy(ConfigurationSecretRow, { tenantId, kind, key });
    return row === null ? null : { keyId: row.keyId, ciphertext: row.ciphertext };
  }

  async publish(
    tx: Transaction,
    tenantId: string,
    kind: Kind,
    key: string,
    actor: string | null,
  ): Promise<PublishedVersion> {
    const [row] = await tx.query<{
      number: number;
      content: Content;
      actor: string | null;
      published_at: Date;
    }>(
      `with drafted as (
         update configuration_objects set published_version = coalesce(published_version, 0) + 1, is_published = true
         where tenant_id = $1 and kind = $2 and key = $3 returning published_version, content)
       insert into configuration_versions (tenant_id, kind, key, number, content, actor)
       select $1, $2, $3, published_version, content, $4 from drafted
       returning number, content, actor, published_at`,
      [tenantId, kind, key, actor],
    );
    if (row === undefined) throw new Error('The object to publish is not there.');
    return { number: row.number, content: row.content, actor: row.actor, publishedAt: row.published_at };
  }

  async versions(tx: Transaction, tenantId: string, kind: Kind, key: string, limit: number, before?: number) {
    const rows = await tx.manager.find(ConfigurationVersionRow, {
      where: { tenantId, kind, key, ...(before !== undefined && { number: LessThan(before) }) },
      order: { number: 'DESC' },
      take: limit,
    });
    return rows.map(({ number, content, actor, publishedAt }) => ({ number, content, actor, publishedAt }));
  }

  contents(tx: Transaction, tenantId: string, kinds: readonly Kind[]) {
    return tx.query<{ kind: Kind; key: string; content: Content }>(
      `select kind, key, content from configuration_objects where tenant_id = $1 and kind = any($2)
       union all
       select v.kind, v.key, v.content from configuration_versions v
       join configuration_objects o using (tenant_id, kind, key)
       where v.tenant_id = $1 and v.kind = any($2) and v.number = o.published_version`,
      [tenantId, kinds],
    );
  }
}

function toObject(row: ConfigurationObjectRow, hasSecret: boolean): ConfigurationObject {
  const { kind, key, version, content, publishedVersion, isPublished, createdAt, updatedAt } = row;
  return { kind, key, version, content, publishedVersion, isPublished, hasSecret, createdAt, updatedAt };
}
