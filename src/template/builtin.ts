// The templates that natmap ships, bundled so that one file is enough.
import dnat from '../../templates/dnat.njk';
import docker from '../../templates/docker.njk';
import exempt from '../../templates/exempt.njk';
import hairpin from '../../templates/hairpin.njk';
import isolation from '../../templates/isolation.njk';
import mark from '../../templates/mark.njk';
import masquerade from '../../templates/masquerade.njk';
import replies from '../../templates/replies.njk';
import restrict from '../../templates/restrict.njk';
import restrictDirect from '../../templates/restrict-direct.njk';
import restriction from '../../templates/restriction.njk';
import restrictions from '../../templates/restrictions.njk';
import snat from '../../templates/snat.njk';
import type { Source } from '../diagnostic/source.ts';
import type { TemplateName } from './views.ts';

const templates = {
  replies,
  dnat,
  snat,
  hairpin,
  docker,
  restrictions,
  exempt,
  restrict,
  'restrict-direct': restrictDirect,
  restriction,
  mark,
  isolation,
  masquerade,
} satisfies Readonly<Record<TemplateName, object>>;

/** A template with what nunjucks has compiled it to. */
export interface CompiledTemplate extends Source {
  readonly code: object;
}

export const builtinTemplates: readonly CompiledTemplate[] = Object.entries(templates).map(
  ([name, template]) => ({ name: `templates/${name}.njk`, ...template }),
);
