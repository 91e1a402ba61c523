// What a dashboard of this folder may be: Grafana's own types (npm: @grafana/schema, Apache-2.0),
// put together for the kinds of panel that are used here. README.md says how the schema is made.
import type * as raw from '@grafana/schema/dist/types/raw/dashboard/x/types.gen';
import type * as common from '@grafana/schema/dist/types/common/common.gen';
import type * as timeseries from '@grafana/schema/dist/types/raw/composable/timeseries/panelcfg/x/types.gen';
import type * as stat from '@grafana/schema/dist/types/raw/composable/stat/panelcfg/x/types.gen';
import type * as bargauge from '@grafana/schema/dist/types/raw/composable/bargauge/panelcfg/x/types.gen';
import type * as table from '@grafana/schema/dist/types/raw/composable/table/panelcfg/x/types.gen';

// The package leaves data links open (Array<unknown>); this is what Grafana reads of them.
export interface DataLink {
  title: string;
  url: string;
  targetBlank?: boolean;
}

// The query of the Prometheus data source is published apart, under another licence: these are
// the fields of it that are used here, on top of the shape that all queries have.
export interface Query extends Omit<common.DataQuery, 'datasource'> {
  datasource: Required<raw.DataSourceRef>;
  editorMode: 'code';
  expr: string;
  exemplar: boolean;
  format: 'time_series' | 'table';
  instant: boolean;
  range: boolean;
  legendFormat: string;
}

export interface Field<Custom> extends Omit<raw.FieldConfig, 'custom' | 'links'> {
  custom?: Custom;
  links?: DataLink[];
}

export interface Drawn<Kind extends string, Options, Custom>
  extends Omit<raw.Panel, 'type' | 'options' | 'fieldConfig' | 'targets'> {
  type: Kind;
  id: number;
  title: string;
  description: string;
  datasource: Required<raw.DataSourceRef>;
  gridPos: raw.GridPos;
  links: raw.DashboardLink[];
  targets: Query[];
  options: Options;
  fieldConfig: Omit<raw.FieldConfigSource, 'defaults'> & { defaults: Field<Custom> };
}

export type Panel =
  | Drawn<'timeseries', timeseries.Options, timeseries.FieldConfig>
  | Drawn<'stat', stat.Options, Record<string, never>>
  | Drawn<'bargauge', bargauge.Options, Record<string, never>>
  | Drawn<'table', table.Options, Partial<table.FieldConfig>>;

export interface Dashboard
  extends Omit<raw.Dashboard, 'panels' | 'uid' | 'title' | 'description' | 'tags' | 'annotations'> {
  uid: string;
  title: string;
  description: string;
  tags: string[];
  annotations: { list: Array<Omit<raw.AnnotationQuery, 'target'> & Record<string, unknown>> };
  panels: Array<Panel | (raw.RowPanel & { gridPos: raw.GridPos; title: string; id: number })>;
}
