import pytest, torch
from autograder.expect import expect_close, expect_scalar
@pytest.mark.exercise("bce", public=True)
def test_ln2(student):
    """`bce_cost` gives ln 2 at one half."""
    v = expect_scalar(student.bce_cost(torch.full((6,1),.5), torch.tensor([[0.],[0.],[0.],[1.],[1.],[1.]])), "bce_cost(h, y)")
    expect_close(v, 0.693147, "bce_cost(h, y)", "should be ln 2")
@pytest.mark.exercise("hypothesis")
def test_h(student):
    """h"""
    x=torch.randn(4,3); W=torch.randn(3,1,requires_grad=True); b=torch.zeros(1,requires_grad=True)
    d=student.hypothesis.differentiate(x,W,b); print(d)
@pytest.mark.exercise("train")
def test_t(student):
    """h"""
    W,b,c = student.train(torch.randn(4,3), torch.ones(4,1), lr=.1, nb_epochs=4); print(W,b,c)
@pytest.mark.exercise("binary_classifier")
@pytest.mark.exercise("binary_classifier")
def test_c(student):
    """h"""
    m=student.seeded(1).BinaryClassifier(); print(m.parameters()); print(m(torch.zeros(2,8)))
@pytest.mark.exercise("train_classifier")
def test_tc(student):
    """h"""
    m=student.seeded(1).BinaryClassifier(); print(student.train_classifier(m,torch.ones(4,8),torch.ones(4,1),nb_epochs=3)); print(m.parameters())
