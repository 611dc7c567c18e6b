/** Stands in for react-virtuoso, which needs the sizes of things: draws as much as a tall window would hold. */
import * as React from 'react';

const IN_SIGHT = 60;

interface VirtuosoProps {
  data: readonly unknown[];
  context: unknown;
  firstItemIndex: number;
  components: { Scroller: React.ElementType };
  computeItemKey: (index: number, item: unknown) => React.Key;
  itemContent: (index: number, item: unknown) => React.ReactNode;
}

export const Virtuoso = React.forwardRef(function Virtuoso(props: VirtuosoProps, ref) {
  const { data, components, firstItemIndex } = props;
  React.useImperativeHandle(ref, () => ({ scrollToIndex: () => undefined }));
  const above = Math.max(0, data.length - IN_SIGHT);
  return (
    <components.Scroller context={props.context}>
      {data.slice(above).map((item, index) => (
        <div key={props.computeItemKey(index, item)}>
          {props.itemContent(firstItemIndex + above + index, item)}
        </div>
      ))}
    </components.Scroller>
  );
});
