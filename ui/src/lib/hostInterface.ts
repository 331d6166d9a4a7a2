import type * as b from './types';

/** Everything the window asks of the studio. Each call answers the value or throws a `HostError`. */
export interface Host {
	status(): Promise<b.Status>;
	settings(): Promise<b.Settings>;
	setDeviceName(name: string): Promise<b.Settings>;
	/** null: this computer's own inventory. */
	useInventory(url: string | null): Promise<b.Settings>;
	signIn(token: string): Promise<b.Settings>;
	signOut(): Promise<b.Settings>;

	listCharacters(): Promise<b.CharacterSummary[]>;
	listSamples(): Promise<b.Sample[]>;
	createCharacter(name: string): Promise<string>;
	previewImport(fileName: string, base64: string): Promise<b.ImportPreview>;
	previewSample(sample: string): Promise<b.ImportPreview>;
	commitImports(chosen: b.ChosenImport[]): Promise<(string | null)[]>;

	openCharacter(character: string): Promise<b.Character>;
	editField(character: string, revision: number, edit: b.FieldEdit): Promise<b.Saved>;
	setSlug(character: string, slug: string): Promise<b.Saved>;
	setPortrait(character: string, base64: string): Promise<b.Saved>;
	undo(character: string): Promise<b.Character>;
	redo(character: string): Promise<b.Character>;
	restoreField(character: string, from: b.VersionRef, path: string): Promise<b.Character>;
	takeIn(character: string): Promise<b.TakenIn>;
	settleOverlap(character: string, path: string, choice: b.SideChoice): Promise<b.Character>;
	exportCard(
		character: string,
		version: b.VersionRef,
		container: b.ExportContainer,
		format: b.ExportFormat,
		dryRun: boolean
	): Promise<b.Exported>;

	timeline(character: string): Promise<b.Timeline>;
	refresh(character: string | null): Promise<void>;
	diff(character: string, a: b.VersionRef, b: b.VersionRef): Promise<b.Diff>;
	publishCheck(character: string, channel: string): Promise<b.PublishCheck>;
	publish(character: string, channel: string, notes: string): Promise<b.OutboxEntry>;
	withdraw(character: string, release: string): Promise<b.OutboxEntry>;
	deprecate(
		character: string,
		release: string,
		message: string,
		successor: string | null
	): Promise<b.OutboxEntry>;
	undeprecate(character: string, release: string): Promise<b.OutboxEntry>;
	archive(character: string, release: string): Promise<b.OutboxEntry>;
	unarchive(character: string, release: string): Promise<b.OutboxEntry>;
	revoke(
		character: string,
		release: string,
		code: b.ReasonCode,
		message: string,
		successor: string | null,
		repoint: b.Repoint[]
	): Promise<b.OutboxEntry>;
	promote(character: string, release: string, channel: string, reason: string): Promise<b.OutboxEntry>;
	verify(character: string): Promise<b.VerifyReport>;
	resolve(character: string, channel: string): Promise<b.Resolved>;

	reviews(): Promise<b.Review[]>;
	review(release: string): Promise<b.Submission>;
	/** `stage`: the one that was looked at. */
	approve(release: string, stage: number): Promise<b.OutboxEntry>;
	reject(release: string, stage: number, message: string): Promise<b.OutboxEntry>;

	listOutbox(): Promise<b.OutboxEntry[]>;
	outboxSendNow(): Promise<void>;
	outboxRetry(key: string): Promise<b.OutboxEntry>;
	outboxCancel(key: string): Promise<b.OutboxEntry>;

	/** Where the picture with this id is; never a place outside this computer. */
	portraitUrl(hash: string): string;
	/** Calls back with the tags of what changed, after the store has changed. Answers how to stop. */
	onChanged(tell: (tags: string[]) => void): Promise<() => void>;
}
