// The values that cross from the studio, named once. They are taken from what the commands answer, since the generator
// gives some types two forms, one for each way, and the window only ever reads.
import type { commands } from './bindings';

type Answer<Command> = Command extends (...given: never[]) => Promise<infer Result>
	? Extract<Result, { status: 'ok' }> extends { data: infer Data }
		? Data
		: never
	: never;
type Of<Name extends keyof typeof commands> = Answer<(typeof commands)[Name]>;
type Given<Name extends keyof typeof commands, At extends number> = Parameters<(typeof commands)[Name]>[At];

export type {
	ChosenImport,
	FieldEdit,
	ImportChoice,
	ReasonCode,
	ReleaseState,
	Repoint,
	SideChoice,
	VersionRef
} from './bindings';

export type Status = Of<'status'>;
export type Settings = Of<'settings'>;

export type CharacterSummary = Of<'listCharacters'>[number];
export type ReleaseRef = NonNullable<CharacterSummary['latest']>;
export type Sample = Of<'listSamples'>[number];
export type ImportPreview = Of<'previewImport'>;

export type Character = Of<'openCharacter'>;
export type Field = Character['fields'][number];
export type Lorebook = NonNullable<Character['lorebook']>;
export type ChangedField = Character['changes'][number];
export type CheckItem = Character['checklist'][number];
export type Source = NonNullable<Character['source']>;
export type NewerRelease = NonNullable<Character['newer']>;
export type Overlap = Character['overlaps'][number];
export type TakenIn = Of<'takeIn'>;
export type Saved = Of<'editField'>;
export type Exported = Of<'exportCard'>;
export type ExportContainer = Given<'exportCard', 2>;
export type ExportFormat = Given<'exportCard', 3>;

export type Timeline = Of<'timeline'>;
export type ReleaseNode = Timeline['releases'][number];
export type Notice = NonNullable<ReleaseNode['notice']>;
export type EventLine = ReleaseNode['events'][number];
export type ActionState = ReleaseNode['actions'][number];
export type Diff = Of<'diff'>;
export type DiffField = Diff['fields'][number];
export type Span = DiffField['spans'][number];
export type PublishCheck = Of<'publishCheck'>;
export type VerifyReport = Of<'verify'>;
export type Resolved = Of<'resolve'>;

export type Review = Of<'reviews'>[number];
export type Submission = Of<'review'>;

export type OutboxEntry = Of<'listOutbox'>[number];
export type IpcError = NonNullable<OutboxEntry['last_error']>;
