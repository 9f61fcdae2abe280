/** The scope of a hold on everything; every other scope is a tenant's id. */
export const wholeInstallation = '00000000-0000-0000-0000-000000000000';

/** `operator`: someone pressed the red button. `restored`: the database is older than the blob store says. */
export type HoldReason = 'operator' | 'restored';

/** While it stands, no mail of its scope begins to leave. Mails are taken in and wait. */
export interface Hold {
  readonly scope: string;
  readonly reason: HoldReason;
  readonly note: string | undefined;
  readonly since: Date;
}
