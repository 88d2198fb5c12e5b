//! Embedded rows, routing and layers.

use super::{DIM, FIELDS, PAIRS, ROWS, TOWERS, batch, each_too_short};
use ssim_kernels::dense::{self, LayerEnd, LayerRows};
use ssim_kernels::route::{self, MaskAt, Routed};
use ssim_kernels::{Array, DeviceError, KernelDevice, Simulated, embed};

#[test]
fn embed_refuses_arrays_that_are_too_short() {
    each_too_short(|maker| {
        let (rows, order) = (maker.rows()?, maker.order()?);
        let table = Array::zeros(maker.device, DIM)?;
        let mut out = maker.array(ROWS * FIELDS * DIM)?;
        embed::embed(maker.device, (&table, DIM), &rows, batch(&order), None, &mut out)
    });
    each_too_short(|maker| {
        let (rows, order) = (maker.rows()?, maker.order()?);
        let table = Array::zeros(maker.device, DIM)?;
        let (pairs, mut out) = (maker.array(PAIRS)?, maker.array(PAIRS * FIELDS * DIM)?);
        let pairs = Some((&pairs, PAIRS));
        embed::embed(maker.device, (&table, DIM), &rows, batch(&order), pairs, &mut out)
    });
    each_too_short(|maker| {
        let mut routed = maker.routed()?;
        routed.slots = maker.array(TOWERS * ROWS)?;
        let (slopes, selector) = (maker.array(PAIRS * DIM)?, maker.array(ROWS * DIM)?);
        let mut out = maker.array(ROWS * DIM)?;
        embed::collect(maker.device, &routed, &slopes, Some(&selector), DIM, &mut out)
    });
}

#[test]
fn route_refuses_arrays_that_are_too_short() {
    each_too_short(|maker| {
        let (list, order) = (Array::zeros(maker.device, ROWS)?, maker.order()?);
        let mut shared = maker.array(ROWS)?;
        route::listed(maker.device, &list, batch(&order), &mut shared)
    });
    each_too_short(|maker| {
        let (rows, order, heads) = (maker.rows()?, maker.order()?, maker.array(ROWS * 2)?);
        let (mut scores, mut shared) = (maker.array(ROWS)?, maker.array(ROWS)?);
        let mask = MaskAt { threshold: 0.5, temperature: 1.0 };
        let out = (&mut scores, &mut shared);
        route::masked(maker.device, (&heads, 2), &rows, batch(&order), mask, out)
    });
    each_too_short(|maker| {
        let (rows, order, shared) = (maker.rows()?, maker.order()?, maker.array(ROWS)?);
        let mut routed = maker.routed()?;
        routed.pairs = maker.array(PAIRS)?;
        routed.tower = maker.array(PAIRS)?;
        routed.slots = maker.array(TOWERS * ROWS)?;
        routed.own = maker.array(TOWERS)?;
        routed.seen = maker.array(TOWERS)?;
        route::route(maker.device, &shared, &rows, batch(&order), &mut routed)
    });
}

#[test]
fn layers_refuse_arrays_that_are_too_short() {
    let end = LayerEnd { relu: true, ..LayerEnd::default() };
    each_too_short(|maker| {
        let (mut y, biases) = (maker.array(ROWS * 2)?, maker.array(4 + 2)?);
        dense::finish(maker.device, &mut y, (&biases, 4, 2), LayerRows::All(ROWS), end)
    });
    each_too_short(|maker| {
        let mut routed = maker.routed()?;
        routed.pairs = maker.array(PAIRS)?;
        routed.tower = maker.array(PAIRS)?;
        let (mut y, biases) = (maker.array(PAIRS * 2)?, maker.array(4 + TOWERS * 2)?);
        let rows = LayerRows::Pairs(&routed);
        dense::finish(maker.device, &mut y, (&biases, 4, 2), rows, end)
    });
    each_too_short(|maker| {
        let (mut slopes, y) = (maker.array(ROWS * 2)?, maker.array(ROWS * 2)?);
        dense::begin(maker.device, &mut slopes, (&y, 2), LayerRows::All(ROWS), end)
    });
    each_too_short(|maker| {
        let mut routed = maker.routed()?;
        routed.seen = maker.array(TOWERS)?;
        let (slopes, mut out) = (maker.array(PAIRS * 2)?, maker.array(4 + TOWERS * 2)?);
        dense::sum_columns(maker.device, (&slopes, 2), &routed, (&mut out, 4))
    });
}

fn is_too_short<T>(result: ssim_kernels::Result<T>) -> bool {
    matches!(result, Err(DeviceError::Size { .. }))
}

#[test]
fn a_batch_begins_only_where_there_is_room_for_it() {
    let device: &dyn KernelDevice = &Simulated::default();
    let mut routed = Routed::new(device, ROWS, TOWERS, PAIRS).expect("room");
    let mut begin = |rows, starts: &[u32]| routed.begin(device, rows, starts);
    begin(ROWS, &[0, 5, 10, 15]).expect("a batch");
    assert!(is_too_short(begin(ROWS, &[0, 5, 10])), "a start is missing");
    assert!(is_too_short(begin(ROWS, &[0, 5, 10, 15, 15])), "there are three towers");
    assert!(is_too_short(begin(ROWS, &[0, 5, 4, 15])), "a tower ends before it begins");
    assert!(is_too_short(begin(ROWS, &[0, 5, 10, 16])), "there is no room for the pairs");
    assert!(is_too_short(begin(ROWS + 1, &[0, 5, 10, 15])), "there is no room for the slots");
    assert!(is_too_short(begin(usize::MAX, &[0, 5, 10, 15])));
    assert_eq!(routed.places(), [0, 5, 10, 15]);
    // A number of pairs that is set by hand must not be less than the starts say.
    routed.pairs_reserved = PAIRS - 1;
    let slopes = Array::zeros(device, PAIRS).expect("room");
    let mut out = Array::zeros(device, TOWERS).expect("room");
    assert!(is_too_short(dense::sum_columns(device, (&slopes, 1), &routed, (&mut out, 0))));
}

#[test]
fn one_network_sees_all_rows() {
    let device: &dyn KernelDevice = &Simulated::default();
    let routed = Routed::whole(device, 3).expect("room");
    assert_eq!((routed.places(), routed.pairs_reserved), (&[0, 3][..], 3));
    let slopes = Array::copy(device, &[1f32, 2.0, 4.0]).expect("room");
    let mut out = Array::zeros(device, 1).expect("room");
    dense::sum_columns(device, (&slopes, 1), &routed, (&mut out, 0)).expect("a sum");
    assert_eq!(out.to_vec(device).expect("a copy"), [7.0]);
}

#[test]
fn places_beyond_an_array_are_refused_however_large() {
    let device: &dyn KernelDevice = &Simulated::default();
    let mut array = Array::<u32>::zeros(device, 4).expect("room");
    assert!(is_too_short(array.write(device, 3, &[1, 2])));
    assert!(is_too_short(array.write(device, usize::MAX, &[1, 2])));
    assert!(is_too_short(array.read(device, 3..5)));
    assert_eq!(array.to_vec(device).expect("a copy"), [0; 4]);
    let huge =
        Array::<u64>::zeros(&Simulated { room: 100, ..Simulated::default() }, usize::MAX / 2);
    assert!(matches!(huge, Err(DeviceError::Memory { .. })));
}

#[test]
fn a_row_without_a_head_has_no_mask() {
    let device: &dyn KernelDevice = &Simulated::default();
    let nothing = Array::<f32>::zeros(device, 0).expect("room");
    let order = Array::zeros(device, 1 + ROWS).expect("room");
    let rows = embed::Rows {
        ids: Array::zeros(device, ROWS).expect("room"),
        labels: Array::zeros(device, ROWS).expect("room"),
        scenarios: Array::zeros(device, ROWS).expect("room"),
        fields: 1,
    };
    let mut scores = Array::zeros(device, ROWS).expect("room");
    let mut shared = Array::zeros(device, ROWS).expect("room");
    let mask = MaskAt { threshold: 0.5, temperature: 1.0 };
    let out = (&mut scores, &mut shared);
    assert!(is_too_short(route::masked(device, (&nothing, 0), &rows, batch(&order), mask, out)));
}
