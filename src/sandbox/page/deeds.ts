import { z } from 'zod';
import type { SlackEmulator } from '../slack/emulator.ts';
import { inputsOf } from '../slack/inputs.ts';
import type { Person } from '../slack/person.ts';
import { withoutSlash } from '../typed.ts';
import { DIRECT, HOME, messageOf } from './channel.ts';

/** What becomes of a deed: what its doer should know, or nothing. @throws ZodError, RangeError for one that cannot be */
export type Deed = (body: unknown) => Promise<string | undefined>;

/** @param people names of those who can be chosen */
export function viewerSchema(people: readonly string[], channels: readonly string[]) {
  return z.object({ user: z.enum(people), place: z.enum([...channels, DIRECT, HOME]) });
}

const inView = {
  view: z.string(),
  /** Values by name of the input: its block and action, as JSON. */
  values: z.record(z.string(), z.array(z.string().max(4000))).default({}),
};
const inputName = z.tuple([z.string(), z.string()]);

/** What can be done on the page, by path: each goes to the bot signed, as Slack would send it. */
export function deedsIn(
  slack: SlackEmulator,
  viewer: ReturnType<typeof viewerSchema>,
): Readonly<Record<string, Deed>> {
  const typed = viewer.extend({ text: z.string().trim().min(1).max(4000) });
  const pressed = viewer.extend({ message: z.string(), actionId: z.string(), value: z.string() });
  const pressedInView = viewer.extend({ ...inView, actionId: z.string(), value: z.string() });
  const entered = viewer.extend({ ...inView, input: z.string() });
  const filled = viewer.extend(inView);

  /** Puts what stands in the inputs on the page into the view, as a client does with each action. */
  async function fill(person: Person, { view, values }: z.output<typeof filled>, acting = ''): Promise<void> {
    // The view may have changed since the page was drawn: what it no longer asks for is left out.
    const asked = inputsOf(slack.views.find(view) ?? { blocks: [] });
    const given = Object.entries(values).filter(
      ([name]) =>
        name === acting ||
        asked.some(({ block_id, element }) => name === JSON.stringify([block_id, element.action_id])),
    );
    const last = given.toSorted(([a], [b]) => Number(a === acting) - Number(b === acting));
    for (const [name, each] of last) {
      const [blockId, actionId] = inputName.parse(JSON.parse(name));
      await person.enter(view, { blockId, actionId }, each, name === acting);
    }
  }

  return {
    '/command': async (body) => {
      const { user, place, text } = typed.parse(body);
      if (place === HOME) return 'Nothing can be typed in the Home tab; choose a channel.';
      if (!/^\/jaws(\s|$)/.test(text)) return 'Only /jaws commands go to the bot; begin with /jaws.';
      const channel = place === DIRECT ? await slack.directChannel(user) : place;
      return noteOn((await slack.command({ user, channel, text: withoutSlash(text) })).status);
    },
    '/press': async (body) => {
      const { message: element, actionId, value, ...who } = pressed.parse(body);
      const message = messageOf(slack, who, element);
      if (message === undefined) return 'This message is not there any more.';
      return noteOn((await slack.press(message, { actionId, value }, who.user)).status);
    },
    '/home': async (body) => {
      await slack.person(viewer.parse(body).user).openHome();
      return undefined;
    },
    '/view-press': async (body) => {
      const given = pressedInView.parse(body);
      const person = slack.person(given.user);
      await fill(person, given);
      await person.pressIn(given.view, given.actionId, given.value);
      return undefined;
    },
    '/view-enter': async (body) => {
      const given = entered.parse(body);
      await fill(slack.person(given.user), given, given.input);
      return undefined;
    },
    '/view-submit': async (body) => {
      const given = filled.parse(body);
      const person = slack.person(given.user);
      await fill(person, given);
      const { status } = await person.submit();
      return status === 0 ? undefined : noteOn(status);
    },
    '/view-close': async (body) => {
      slack.person(viewer.parse(body).user).dismiss();
      return undefined;
    },
  };
}

function noteOn(status: number): string | undefined {
  return status === 200 ? undefined : `The bot answered ${status}.`;
}
