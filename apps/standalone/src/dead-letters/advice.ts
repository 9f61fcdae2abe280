import { messageTypes, topicOf, type MessageType } from '@mailrun/contracts';

const ofMessages =
  'The message that it names was entered as failed, with this reason, and the first entry decides: a replay is answered ' +
  'with it. Put the cause right, then start "retry failed" on the run: that makes a new copy. ' +
  'Where it names none, runs feeds the message again by itself.';
const ofDocuments =
  'Its document counts as failed in the preparation. Put the cause right, then prepare the run again; ' +
  'a replay helps while the run is still preparing.';

/** What a replay of each message type changes, and what helps where it changes nothing. */
const advice: Readonly<Record<(typeof messageTypes)[number]['name'], string>> = {
  'make-documents': ofDocuments,
  'document-made': ofDocuments,
  'render-message': ofMessages,
  'package-message': ofMessages,
  'dispatch-message': ofMessages,
  'message-outcome':
    'Runs asks the dispatcher by itself for outcomes that it did not hear; a replay brings this one sooner.',
  'run-control': 'A hint only: internal HTTP carries the state of a run. It may be dropped.',
  'run-event': 'For those who listen to public events: replay it when the cause is put right.',
};

const byTopic = new Map(
  (messageTypes as readonly MessageType[]).map((type) => [
    topicOf(type),
    (advice as Readonly<Record<string, string>>)[type.name],
  ]),
);

export const adviceFor = (topic: string): string =>
  byTopic.get(topic) ?? 'This version knows no such message: it may be dropped.';
