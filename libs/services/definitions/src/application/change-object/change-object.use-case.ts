import { Injectable } from '@nestjs/common';
import { Refusal } from '@mailrun/platform-errors';
import { Database, recordAudit, type ActContext, type Transaction } from '@mailrun/platform-persistence';
import { SecretBox, secretOwner } from '@mailrun/platform-secrets';
import {
  nameOfKind,
  type ConfigurationObject,
  type Content,
  type Kind,
} from '../../domain/configuration-object.js';
import { referencesOf } from '../../domain/references.js';
import { brokenRules } from '../../domain/rules.js';
import { ConfigurationStore } from '../ports/configuration-store.port.js';

export interface ObjectChange {
  readonly kind: Kind;
  readonly key: string;
  readonly content: Content;
  /** Of a message server: a text sets it, null removes it, undefined keeps it. */
  readonly secret?: string | null | undefined;
  /** Compares with the stored object, which is locked, and throws to refuse the change. */
  readonly check: (stored: ConfigurationObject | undefined) => void;
}

/** Makes, changes and removes configuration objects; what they name must exist, what is named stays. */
@Injectable()
export class ChangeObject {
  constructor(
    private readonly database: Database,
    private readonly store: ConfigurationStore,
    private readonly secrets: SecretBox,
  ) {}

  put(context: ActContext, change: ObjectChange): Promise<ConfigurationObject> {
    const { kind, key, content, secret } = change;
    const { tenantId } = context;
    return this.database.inTenant(tenantId, async (tx) => {
      const stored = await this.store.find(tx, tenantId, kind, key, { forUpdate: true });
      change.check(stored);
      await this.checkContent(tx, tenantId, kind, content);
      await this.store.save(tx, tenantId, kind, key, content, stored === undefined);
      if (secret !== undefined) {
        const sealed = secret === null ? null : this.secrets.seal(secret, secretOwner(tenantId, kind, key));
        await this.store.saveSecret(tx, tenantId, kind, key, sealed);
      }
      await recordAudit(tx, context, {
        action: `${kind}.${stored === undefined ? 'created' : 'changed'}`,
        subject: `${kind}/${key}`,
        before: stored?.content,
        after: secret === undefined ? content : { ...content, password: '(changed)' },
      });
      const saved = await this.store.find(tx, tenantId, kind, key);
      if (saved === undefined) throw new Error('A saved object is not there.');
      return saved;
    });
  }

  remove(
    context: ActContext,
    kind: Kind,
    key: string,
    check: (stored: ConfigurationObject) => void,
  ): Promise<void> {
    const { tenantId } = context;
    return this.database.inTenant(tenantId, async (tx) => {
      const stored = await this.store.find(tx, tenantId, kind, key, { forUpdate: true });
      if (stored === undefined) throw notFound(kind, key);
      check(stored);
      await this.checkNotNamed(tx, tenantId, kind, key);
      await this.store.remove(tx, tenantId, kind, key);
      await recordAudit(tx, context, {
        action: `${kind}.removed`,
        subject: `${kind}/${key}`,
        before: stored.content,
      });
    });
  }

  private async checkContent(tx: Transaction, tenantId: string, kind: Kind, content: Content): Promise<void> {
    const errors = [
      ...brokenRules(kind, content),
      ...(await this.missingReferences(tx, tenantId, kind, content)),
    ];
    if (errors.length === 0) return;
    throw new Refusal('rule', `${kind}.refused`, errors.map((error) => error.detail).join(' '), { errors });
  }

  private async missingReferences(tx: Transaction, tenantId: string, kind: Kind, content: Content) {
    const references = referencesOf(kind, content);
    const missing = [];
    for (const target of new Set(references.map((reference) => reference.kind))) {
      const ofKind = references.filter((reference) => reference.kind === target);
      const existing = await this.store.existing(
        tx,
        tenantId,
        target,
        ofKind.map(({ key }) => key),
      );
      for (const { key, pointer } of ofKind.filter((reference) => !existing.has(reference.key))) {
        missing.push({
          pointer,
          code: 'unknown-key',
          detail: `There is no ${nameOfKind(target)} '${key}': make it first.`,
        });
      }
    }
    return missing;
  }

  private async checkNotNamed(tx: Transaction, tenantId: string, kind: Kind, key: string): Promise<void> {
    const others = await this.store.contents(tx, tenantId, [
      'sender',
      'message-template',
      'message-definition',
    ]);
    const naming = others.filter((other) =>
      referencesOf(other.kind, other.content).some(
        (reference) => reference.kind === kind && reference.key === key,
      ),
    );
    if (naming.length === 0) return;
    const names = [...new Set(naming.map((other) => `${nameOfKind(other.kind)} '${other.key}'`))].join(', ');
    throw new Refusal('conflict', `${kind}.in-use`, `It is named by ${names}. Change these first.`);
  }
}

export function notFound(kind: Kind, key: string): Refusal {
  return new Refusal('not-found', `${kind}.not-found`, `There is no ${nameOfKind(kind)} '${key}'.`);
}
