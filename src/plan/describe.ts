import type { RenderedFile } from '../core/file.ts';
import type { Plan } from '../core/plan.ts';
import { masked } from '../core/script.ts';
import { Secret } from '../core/secret.ts';

/** A plan as people read it: every file that would be written and every step's script, secrets masked. */
export function describePlan(plan: Plan): string {
  const files = plan.steps.flatMap((step) => step.files);
  const width = Math.max(0, ...files.map((file) => file.path.length));
  return [
    `Plan ${plan.hash.slice(0, 12)}: ${plan.request.action} ${plan.target} ${plan.version}`,
    ...plan.notes.map((note) => `  ${note}`),
    ...(files.length === 0 ? [] : ['', `Files (${files.length})`]),
    ...files.map(
      (file) => `  ${file.mode.toString(8).padStart(4, '0')} ${file.path.padEnd(width)}${remark(file)}`,
    ),
    ...plan.steps.flatMap((step, i) => [
      '',
      `Step ${i + 1} of ${plan.steps.length}: ${step.title} (${step.id}, ${step.kind}, at most ${Math.round(step.timeoutMs / 1000)} s)`,
      ...masked(step.script)
        .split('\n')
        .map((line) => `  | ${line}`),
    ]),
  ].join('\n');
}

function remark({ content, transient }: RenderedFile): string {
  const remarks = [
    ...(content instanceof Secret ? ['holds secrets'] : []),
    ...(transient ? ['read once by its step and not written'] : []),
  ];
  return remarks.length === 0 ? '' : `  ${remarks.join(', ')}`;
}

/** A plan as one JSON document, secrets masked. */
export function planDocument(plan: Plan) {
  const { target, request, version, notes, hash } = plan;
  return {
    target,
    action: request.action,
    version,
    notes,
    hash,
    steps: plan.steps.map(({ id, title, kind, script, files, timeoutMs, onFailure }) => ({
      id,
      title,
      kind,
      timeoutMs,
      onFailure,
      files: files.map(({ path, mode, content, transient = false }) => ({
        path,
        mode: mode.toString(8).padStart(4, '0'),
        secret: content instanceof Secret,
        transient,
      })),
      script: masked(script),
    })),
  };
}
