import type { SealedSecret } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import type {
  ConfigurationObject,
  Content,
  Kind,
  PublishedVersion,
} from '../../domain/configuration-object.js';

/** Configuration objects of one tenant within an open transaction. */
export abstract class ConfigurationStore {
  /** The object, locked until the transaction ends when `forUpdate`. */
  abstract find(
    tx: Transaction,
    tenantId: string,
    kind: Kind,
    key: string,
    options?: { forUpdate: boolean },
  ): Promise<ConfigurationObject | undefined>;

  /** By key, from after `after` on, at most `limit`. */
  abstract list(
    tx: Transaction,
    tenantId: string,
    kind: Kind,
    limit: number,
    after?: string,
  ): Promise<ConfigurationObject[]>;

  /** Which of the keys exist, locked against removal until the transaction ends. */
  abstract existing(
    tx: Transaction,
    tenantId: string,
    kind: Kind,
    keys: readonly string[],
  ): Promise<Set<string>>;

  /** Inserts or replaces; the version grows. Two inserts of one key at once: the second throws a `conflict`. */
  abstract save(
    tx: Transaction,
    tenantId: string,
    kind: Kind,
    key: string,
    content: Content,
    isNew: boolean,
  ): Promise<ConfigurationObject>;

  abstract remove(tx: Transaction, tenantId: string, kind: Kind, key: string): Promise<void>;

  /** Sets or (null) removes the secret of a message server. */
  abstract saveSecret(
    tx: Transaction,
    tenantId: string,
    kind: Kind,
    key: string,
    secret: SealedSecret | null,
  ): Promise<void>;

  abstract readSecret(
    tx: Transaction,
    tenantId: string,
    kind: Kind,
    key: string,
  ): Promise<SealedSecret | null>;

  /** Makes the draft the next published version. */
  abstract publish(
    tx: Transaction,
    tenantId: string,
    kind: Kind,
    key: string,
    actor: string | null,
  ): Promise<PublishedVersion>;

  /** Newest first, from before `before` on. */
  abstract versions(
    tx: Transaction,
    tenantId: string,
    kind: Kind,
    key: string,
    limit: number,
    before?: number,
  ): Promise<PublishedVersion[]>;

  /** Every draft and newest published content of the kinds, to find who names an object. */
  abstract contents(
    tx: Transaction,
    tenantId: string,
    kinds: readonly Kind[],
  ): Promise<{ kind: Kind; key: string; content: Content }[]>;
}
