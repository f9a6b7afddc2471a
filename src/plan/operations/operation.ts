import type { Fact } from '../../core/fact.ts';
import type { Finding } from '../../core/finding.ts';
import type { Step } from '../../core/plan.ts';
import type { Action } from '../../core/request.ts';
import type { Script } from '../../core/script.ts';
import type { Target } from '../../core/target.ts';

/**
 * An action that is not about the services' software: one step that changes something, between a check and a look at
 * what came of it. Pure, like everything a plan is made of.
 */
export interface Operation {
  readonly action: Action;
  /** Title of the step that changes something. */
  readonly title: string;
  readonly shell: Step['shell'];
  /** Of that step, in milliseconds. */
  readonly timeoutMs: number;
  /** What differs from target to target of these three. */
  own?(target: Target): Pick<Operation, 'title' | 'shell' | 'timeoutMs'>;
  /** Whether it makes sense at this target at all, from its configuration; a failure refuses it. */
  findings(target: Target): readonly Finding[];
  act(target: Target): Script;
  /** The look that decides whether it has succeeded: a finding that fails is a failure. */
  verify(target: Target): Fact<readonly Finding[]>;
  /** Of that look, in milliseconds. */
  readonly verifyMs: number;
}
