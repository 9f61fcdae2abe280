import { Injectable } from '@nestjs/common';
import {
  messageDefinitionContentSchema,
  publishedDefinitionSchema,
  type PublishedDefinition,
} from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';
import { Database, type Transaction } from '@mailrun/platform-persistence';
import { nameOfKind, type ConfigurationObject, type Kind } from '../../domain/configuration-object.js';
import { imagesNamedIn } from '../../domain/references.js';
import { notFound } from '../change-object/change-object.use-case.js';
import { ConfigurationStore } from '../ports/configuration-store.port.js';

/** Everything that the newest published version of a definition names, read in one transaction. */
@Injectable()
export class ReadPublishedDefinition {
  constructor(
    private readonly database: Database,
    private readonly store: ConfigurationStore,
  ) {}

  /** @throws Refusal when the definition, or something that it names, is missing or was never published */
  read(tenantId: string, key: string): Promise<PublishedDefinition> {
    return this.database.inTenant(tenantId, async (tx) => {
      const definition = await this.published(tx, tenantId, 'message-definition', key);
      const content = messageDefinitionContentSchema.parse(definition.content);
      const sender = await this.current(tx, tenantId, 'sender', content.fromKey);
      const server = await this.current(tx, tenantId, 'message-server', String(sender.content['serverKey']));
      const template = await this.published(tx, tenantId, 'message-template', content.templateKey);
      const transformations = [];
      for (const transformationKey of content.transformationKeys) {
        const found = await this.published(tx, tenantId, 'invoice-transformation', transformationKey);
        const { template: source, outputType, fileNamePattern } = found.content;
        transformations.push({
          key: transformationKey,
          version: found.version,
          fileNamePattern,
          ...(source !== null && { template: source, outputType }),
        });
      }
      const images = [];
      for (const imageKey of imagesNamedIn(String(template.content['html'] ?? ''))) {
        const image = await this.current(tx, tenantId, 'image', imageKey);
        const { contentType, blobKey, sha256, sizeBytes } = image.content;
        images.push({ key: imageKey, contentType, content: { key: blobKey, sha256, sizeBytes } });
      }
      const { subject, html, text } = template.content;
      const { address, displayName, replyTo, serverKey } = sender.content;
      return publishedDefinitionSchema.parse({
        definition: { key, version: definition.version, name: content.name },
        sender: {
          fromKey: content.fromKey,
          address,
          serverKey,
          ...(displayName !== null && { displayName }),
          ...(replyTo !== null && { replyTo }),
        },
        template: {
          key: content.templateKey,
          version: template.version,
          subject,
          ...(html !== null && { html }),
          ...(text !== null && { text }),
        },
        transformations,
        images,
        zip: content.zip,
        ...(content.zip && {
          archiveNamePattern: content.archiveNamePattern ?? 'Invoice-@(invoice.number).zip',
        }),
        ...(content.passwordKey !== null && { passwordKey: content.passwordKey }),
        inDoubtPolicy: content.inDoubtPolicy,
        giveUpAfterHours: content.giveUpAfterHours,
        content,
        messagesPerMinute: server.content['messagesPerMinute'] ?? null,
      });
    });
  }

  private async published(tx: Transaction, tenantId: string, kind: Kind, key: string) {
    const [newest] = await this.store.versions(tx, tenantId, kind, key, 1);
    if (newest === undefined) {
      throw new Refusal(
        'rule',
        `${kind}.not-published`,
        `The ${nameOfKind(kind)} '${key}' has no published version. Publish it first.`,
      );
    }
    return { version: newest.number, content: newest.content };
  }

  private async current(
    tx: Transaction,
    tenantId: string,
    kind: Kind,
    key: string,
  ): Promise<ConfigurationObject> {
    const found = await this.store.find(tx, tenantId, kind, key);
    if (found === undefined) throw notFound(kind, key);
    return found;
  }
}
