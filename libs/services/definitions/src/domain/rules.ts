import type { FieldError } from '@mailrun/platform-errors';
import type { Content, Kind } from './configuration-object.js';

const fault = (pointer: string, code: string, detail: string): FieldError => ({ pointer, code, detail });

/** Rules within one object; rules between objects are references. */
export function brokenRules(kind: Kind, content: Content): FieldError[] {
  switch (kind) {
    case 'message-template':
      return content['html'] === null && content['text'] === null
        ? [fault('/html', 'body-missing', 'Give an HTML body, a plain-text body, or both.')]
        : [];
    case 'invoice-transformation':
      return content['template'] !== null && content['outputType'] === null
        ? [
            fault(
              '/outputType',
              'output-type-missing',
              'A transformation with a template needs an output type.',
            ),
          ]
        : [];
    case 'message-definition':
      return [
        ...(content['passwordKey'] !== null && content['zip'] !== true
          ? [
              fault(
                '/passwordKey',
                'password-without-zip',
                'A password needs zip: set zip to true or remove the password key.',
              ),
            ]
          : []),
        ...(content['zip'] === true && (content['transformationKeys'] as unknown[]).length === 0
          ? [
              fault(
                '/zip',
                'zip-without-attachments',
                'There is nothing to zip: name a transformation or set zip to false.',
              ),
            ]
          : []),
        ...(new Set(content['transformationKeys'] as unknown[]).size !==
        (content['transformationKeys'] as unknown[]).length
          ? [fault('/transformationKeys', 'duplicate-transformation', 'Name each transformation once.')]
          : []),
      ];
    case 'message-server':
      return content['tls'] === 'none' && content['user'] !== null
        ? [
            fault(
              '/tls',
              'credentials-without-tls',
              'Credentials are never sent without TLS: use implicit or starttls, or remove the user.',
            ),
          ]
        : [];
    case 'sender':
    case 'recipient-key':
    case 'password-key':
    case 'image':
      return [];
  }
}
