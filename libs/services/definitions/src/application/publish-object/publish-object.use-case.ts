import { Injectable } from '@nestjs/common';
import { Refusal, type FieldError } from '@mailrun/platform-errors';
import {
  Database,
  performAct,
  recordAudit,
  type ActContext,
  type Answer,
} from '@mailrun/platform-persistence';
import {
  nameOfKind,
  type Content,
  type PublishedKind,
  type PublishedVersion,
} from '../../domain/configuration-object.js';
import { referencesOf } from '../../domain/references.js';
import { notFound } from '../change-object/change-object.use-case.js';
import { ConfigurationStore } from '../ports/configuration-store.port.js';
import { TemplateChecker } from '../ports/template-checker.port.js';

/** Fields of a kind that are Razor, and how they are escaped. */
function templateParts(kind: PublishedKind, content: Content) {
  const part = (
    name: string,
    kindOfPart: 'html' | 'plain',
  ): [string, { kind: 'html' | 'plain'; source: string }][] => {
    const source = content[name];
    return typeof source === 'string' ? [[name, { kind: kindOfPart, source }]] : [];
  };
  const outputIsHtml = content['outputType'] === 'html' || content['outputType'] === 'xml';
  const parts = {
    'message-template': [...part('subject', 'plain'), ...part('html', 'html'), ...part('text', 'plain')],
    'invoice-transformation': [
      ...part('template', outputIsHtml ? 'html' : 'plain'),
      ...part('fileNamePattern', 'plain'),
    ],
    'message-definition': part('archiveNamePattern', 'plain'),
  };
  return Object.fromEntries(parts[kind]);
}

/** Makes the next published version of a draft: what does not compile, or names what is not published, can't be. */
@Injectable()
export class PublishObject {
  constructor(
    private readonly database: Database,
    private readonly store: ConfigurationStore,
    private readonly checker: TemplateChecker,
  ) {}

  async publish(
    context: ActContext,
    kind: PublishedKind,
    key: string,
    note: string | undefined,
    view: (version: PublishedVersion) => unknown,
  ): Promise<Answer> {
    const { tenantId } = context;
    // The renderer is asked before the transaction: none is held open across a call to another service.
    const draft = await this.database.inTenant(tenantId, (tx) => this.store.find(tx, tenantId, kind, key));
    if (draft === undefined) throw notFound(kind, key);
    const parts = templateParts(kind, draft.content);
    const faults = Object.keys(parts).length === 0 ? [] : await this.checker.check(tenantId, parts);
    if (faults.length > 0) {
      const errors = faults.map(({ part, code, detail, line, column }) => ({
        pointer: `/${part}`,
        code,
        detail: line === undefined ? detail : `Line ${line}, column ${column ?? 1}: ${detail}`,
      }));
      throw new Refusal(
        'rule',
        `${kind}.does-not-compile`,
        errors.map(({ pointer, detail }) => `${pointer} ${detail}`).join(' '),
        { errors },
      );
    }
    return performAct(this.database, context, `publish-${kind}`, { key, note }, async (tx) => {
      const current = await this.store.find(tx, tenantId, kind, key, { forUpdate: true });
      if (current?.version !== draft.version) {
        throw new Refusal(
          'conflict',
          `${kind}.changed-meanwhile`,
          'The draft was changed meanwhile. Look at it and publish again.',
        );
      }
      const errors: FieldError[] = [];
      if (kind === 'message-definition') {
        for (const { kind: target, key: name, pointer } of referencesOf(kind, current.content)) {
          if (target !== 'message-template' && target !== 'invoice-transformation') continue;
          const named = await this.store.find(tx, tenantId, target, name);
          if (named?.publishedVersion == null) {
            errors.push({
              pointer,
              code: 'not-published',
              detail: `Publish the ${nameOfKind(target)} '${name}' first.`,
            });
          }
        }
      }
      if (errors.length > 0) {
        throw new Refusal('rule', `${kind}.refused`, errors.map((error) => error.detail).join(' '), {
          errors,
        });
      }
      const version = await this.store.publish(tx, tenantId, kind, key, context.actor ?? null);
      await recordAudit(tx, context, {
        action: `${kind}.published`,
        subject: `${kind}/${key}`,
        after: { version: version.number, note },
      });
      return { status: 200, body: view(version) };
    });
  }
}
