import { createHash } from 'node:crypto';
import type { RunPins } from '@mailrun/contracts';
import type { TemplatePart, TemplateProgram } from './template-program.js';

/** The templates of one run's mails, and at which index each stands. */
export interface MessageProgram {
  readonly program: TemplateProgram;
  readonly subject: number;
  readonly html: number | undefined;
  readonly text: number | undefined;
  readonly archiveName: number | undefined;
  /** By transformation key. */
  readonly fileNames: ReadonlyMap<string, number>;
}

export type MessageTemplates = Pick<RunPins, 'template' | 'transformations' | 'zip' | 'archiveNamePattern'>;

export function messageProgramOf(tenantId: string, pins: MessageTemplates): MessageProgram {
  const parts: TemplatePart[] = [];
  const add = (label: string, output: TemplatePart['output'], source: string) =>
    parts.push({ label, output, source }) - 1;
  const { template, transformations } = pins;
  const indexes = {
    subject: add('Subject', 'line', template.subject),
    html: template.html === undefined ? undefined : add('HTML body', 'html', template.html),
    text: template.text === undefined ? undefined : add('Text body', 'text', template.text),
    archiveName:
      pins.zip && pins.archiveNamePattern !== undefined
        ? add('Archive name', 'line', pins.archiveNamePattern)
        : undefined,
    fileNames: new Map(
      transformations.map(({ key, fileNamePattern }) => [
        key,
        add(`File name of ${key}`, 'line', fileNamePattern),
      ]),
    ),
  };
  return { program: programOf(tenantId, parts), ...indexes };
}

/** Templates of one tenant as a program; equal ones give equal keys. */
export function programOf(tenantId: string, parts: readonly TemplatePart[]): TemplateProgram {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
  return { key: `${tenantId} ${hash}`, parts };
}
