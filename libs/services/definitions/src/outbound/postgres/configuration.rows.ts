import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Content, Kind } from '../../domain/configuration-object.js';

@Entity({ name: 'configuration_objects' })
export class ConfigurationObjectRow {
  @PrimaryColumn({ name: 'tenant_id', type: 'uuid' })
  tenantId!: string;

  @PrimaryColumn({ type: 'text' })
  kind!: Kind;

  @PrimaryColumn({ type: 'text' })
  key!: string;

  @Column({ type: 'int' })
  version!: number;

  @Column({ type: 'jsonb' })
  content!: Content;

  @Column({ name: 'published_version', type: 'int', nullable: true })
  publishedVersion!: number | null;

  @Column({ name: 'is_published', type: 'boolean' })
  isPublished!: boolean;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}

@Entity({ name: 'configuration_versions' })
export class ConfigurationVersionRow {
  @PrimaryColumn({ name: 'tenant_id', type: 'uuid' })
  tenantId!: string;

  @PrimaryColumn({ type: 'text' })
  kind!: Kind;

  @PrimaryColumn({ type: 'text' })
  key!: string;

  @PrimaryColumn({ type: 'int' })
  number!: number;

  @Column({ type: 'jsonb' })
  content!: Content;

  @Column({ type: 'text', nullable: true })
  actor!: string | null;

  @Column({ name: 'published_at', type: 'timestamptz' })
  publishedAt!: Date;
}

@Entity({ name: 'configuration_secrets' })
export class ConfigurationSecretRow {
  @PrimaryColumn({ name: 'tenant_id', type: 'uuid' })
  tenantId!: string;

  @PrimaryColumn({ type: 'text' })
  kind!: Kind;

  @PrimaryColumn({ type: 'text' })
  key!: string;

  @Column({ name: 'key_id', type: 'text' })
  keyId!: string;

  @Column({ type: 'text' })
  ciphertext!: string;
}

export const definitionsEntities = [ConfigurationObjectRow, ConfigurationVersionRow, ConfigurationSecretRow];
