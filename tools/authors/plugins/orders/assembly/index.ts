import { Address, Article, Invoice, Line, Order, Position, Problem, Region, Wishes } from "authors:orders/types@1.0.0";
import { Result, Tuple2 } from "wit-types";

const near = ["at", "ch", "fr", "nl"];
const mostOfOne: u32 = 100;

/** What an order costs, or all that is wrong with it. */
export function price(order: Order): Result<Invoice, Array<Problem>> {
  const problems = problemsOf(order);
  if (problems.length > 0) return Result.err<Invoice, Array<Problem>>(problems);
  const customer = order.customer.unwrap();
  const positions = new Array<Position>();
  let total: u64 = 0;
  for (let i = 0; i < order.lines.length; i++) {
    const position = positionOf(order.lines[i]);
    positions.push(position);
    total += position.total;
  }
  const region = regionOf(customer.address);
  if (region == Region.Far) total += 1500;
  return Result.ok<Invoice, Array<Problem>>(new Invoice(customer.name, region, positions, total, order.notes));
}

/** Which orders, by their numbers from 0, go where; those that are none are left out. */
export function regions(orders: Array<Result<Order, string>>): Array<Tuple2<Region, Uint32Array>> {
  const indices = [new Array<u32>(), new Array<u32>(), new Array<u32>()];
  for (let i = 0; i < orders.length; i++) {
    if (orders[i].isErr) continue;
    const customer = orders[i].unwrap().customer;
    if (customer.isErr) continue;
    indices[regionOf(customer.unwrap().address)].push(i);
  }
  const found = new Array<Tuple2<Region, Uint32Array>>();
  for (let region = 0; region < indices.length; region++) {
    if (indices[region].length == 0) continue;
    found.push(new Tuple2<Region, Uint32Array>(<Region>region, typed(indices[region])));
  }
  return found;
}

function problemsOf(order: Order): Array<Problem> {
  const problems = new Array<Problem>();
  if (order.customer.isErr) problems.push(Problem.nobody(order.customer.unwrapErr()));
  if (order.lines.length == 0) problems.push(Problem.empty());
  for (let i = 0; i < order.lines.length; i++) {
    const line = order.lines[i];
    if (line.price.isNone && !line.article.isVoucher) problems.push(Problem.noPrice(i));
    if (line.quantity > mostOfOne) problems.push(Problem.tooMany(new Tuple2<u32, u32>(i, line.quantity)));
  }
  return problems;
}

/** A service costs by its factor; what is wished for is added to each line. */
function positionOf(line: Line): Position {
  const each = line.price.unwrapOr(0);
  const extras = new Array<Tuple2<string, u64>>();
  let total = each * line.quantity;
  if (line.article.isService) total = <u64>(<f32>total * line.article.asService().f1);
  if (line.wishes & Wishes.Gift) extras.push(new Tuple2<string, u64>("wrapping", 250));
  if (line.wishes & Wishes.Express) extras.push(new Tuple2<string, u64>("express", 990));
  if (line.wishes & Wishes.Insured) extras.push(new Tuple2<string, u64>("insurance", total / 50));
  for (let i = 0; i < extras.length; i++) total += extras[i].f1;
  return new Position(titleOf(line.article), total, extras);
}

function titleOf(article: Article): string {
  if (article.isProduct) return article.asProduct();
  if (article.isService) return article.asService().f0 + " (service)";
  if (article.isVoucher) return "voucher";
  const parts = article.asBundle();
  let title = parts[0].f1.toString() + " × " + parts[0].f0; // trap
  for (let i = 1; i < parts.length; i++) title += ", " + parts[i].f1.toString() + " × " + parts[i].f0;
  return title;
}

/** Whoever lives beyond the polar circles is far away, wherever that is. */
function regionOf(address: Address | null): Region {
  if (address == null) return Region.Home;
  if (address.geo != null && Math.abs(address.geo!.f0) > 80) return Region.Far;
  return address.country == "de" ? Region.Home : near.includes(address.country) ? Region.Near : Region.Far;
}

/** WIT's list of numbers is a typed array, which can't grow. */
function typed(numbers: Array<u32>): Uint32Array {
  const out = new Uint32Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) out[i] = numbers[i];
  return out;
}
