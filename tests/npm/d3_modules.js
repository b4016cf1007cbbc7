// The functions of D3 that the dashboard's charts use: `npm run --silent bundle` writes the bundle of warehouse/dashboard/vendor/.
export { quantileSorted, ticks } from "d3-array";
export { area, line } from "d3-shape";
